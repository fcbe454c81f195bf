// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_BOOLEAN_SOCKET_OPTION_HPP
#define CONNECTEX_DETAIL_BOOLEAN_SOCKET_OPTION_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace connectex::detail
{

/// A 32-bit value that the system reads as on or off.
template <int Level, int Name>
class boolean_socket_option
{
public:
  boolean_socket_option() = default;
  explicit boolean_socket_option(bool value) noexcept : value_(value ? 1 : 0) {}

  bool value() const noexcept { return value_ != 0; }
  explicit operator bool() const noexcept { return value(); }
  bool operator!() const noexcept { return !value(); }

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
    return &value_;
  }

  template <typename Protocol>
  const std::uint32_t* data(const Protocol&) const noexcept
  {
    return &value_;
  }

  template <typename Protocol>
  std::size_t size(const Protocol&) const noexcept
  {
    return sizeof(value_);
  }

  /// Some options come back as a single byte.
  template <typename Protocol>
  void resize(const Protocol&, std::size_t size)
  {
    if (size == sizeof(unsigned char))
      value_ = *reinterpret_cast<const unsigned char*>(&value_) != 0 ? 1 : 0;
    else if (size != sizeof(value_))
      throw std::length_error("connectex: boolean socket option resize");
  }

private:
  std::uint32_t value_ = 0;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_BOOLEAN_SOCKET_OPTION_HPP
