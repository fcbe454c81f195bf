// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_NUMBER_SOCKET_OPTION_HPP
#define CONNECTEX_DETAIL_NUMBER_SOCKET_OPTION_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace connectex::detail
{

/// A 32-bit number, of which the option itself says what it stands for.
template <int Level, int Name>
class number_socket_option
{
public:
  template <typename Protocol>
  int level(const Protocol&) const noexcept
  {
    return Level;
  }

  template <typename Protocol>
  int name(const Protocol&) const noexcept
  {
    return Name;
  }

  template <typename Protocol>
  std::uint32_t* data(const Protocol&) noexcept
  {
    return &number_;
  }

  template <typename Protocol>
  const std::uint32_t* data(const Protocol&) const noexcept
  {
    return &number_;
  }

  template <typename Protocol>
  std::size_t size(const Protocol&) const noexcept
  {
    return sizeof(number_);
  }

  template <typename Protocol>
  void resize(const Protocol&, std::size_t size)
  {
    if (size != sizeof(number_))
      throw std::length_error("connectex: socket option resize");
  }

protected:
  number_socket_option() = default;
  explicit number_socket_option(std::uint32_t number) noexcept : number_(number) {}

  std::uint32_t number() const noexcept { return number_; }

private:
  std::uint32_t number_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_NUMBER_SOCKET_OPTION_HPP
