// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_FIRST_FLIGHT_HPP
#define CONNECTEX_DETAIL_FIRST_FLIGHT_HPP

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace connectex::detail
{

/// The bound that WskConnectEx documents for the block it takes. The ConnectEx page names none but
/// advises against huge blocks, and Wine 8.0 never finishes one that a single send cannot take.
inline constexpr std::size_t max_first_flight = 65535;

/// As much as asio::async_write hands over at a time: a system may lock all of it in memory until it is
/// sent.
inline constexpr std::size_t max_write = 65536;

/// A few buffers of a longer sequence, as a sequence of their own.
class buffer_window
{
public:
  using value_type = boost::asio::const_buffer;
  using const_iterator = const value_type*;

  const_iterator begin() const noexcept { return buffers_.data(); }
  const_iterator end() const noexcept { return buffers_.data() + size_; }
  bool empty() const noexcept { return size_ == 0; }
  bool full() const noexcept { return size_ == buffers_.size(); }
  void push_back(const value_type& buffer) noexcept { buffers_[size_++] = buffer; }

private:
  // Systems take more buffers in one call, but every write in flight carries a copy of these.
  std::array<value_type, 8> buffers_;
  std::size_t size_ = 0;
};

/// The bytes to be sent with a connect: their contiguous head, and whatever is still unsent.
template <typename ConstBufferSequence, typename Allocator>
class first_flight
{
  using byte_allocator =
      typename std::allocator_traits<Allocator>::template rebind_alloc<unsigned char>;

  static constexpr bool is_one_buffer =
      std::is_convertible_v<const ConstBufferSequence&, boost::asio::const_buffer>;

public:
  first_flight(const ConstBufferSequence& buffers, const Allocator& allocator)
    : buffers_(buffers), gathered_(byte_allocator(allocator))
  {
  }

  std::size_t size() const { return boost::asio::buffer_size(buffers_); }

  /// One block of at most max_first_flight bytes that starts the sequence. Its memory is the
  /// caller's if one buffer holds it all, and otherwise a copy that lives until release_head().
  boost::asio::const_buffer head()
  {
    const std::size_t wanted = (std::min)(size(), max_first_flight);
    const boost::asio::const_buffer first = first_non_empty();
    if (first.size() >= wanted)
      return boost::asio::buffer(first, wanted);

    gathered_.reserve(wanted);
    for (const boost::asio::const_buffer buffer : sequence())
    {
      const auto* bytes = static_cast<const unsigned char*>(buffer.data());
      const std::size_t count = (std::min)(buffer.size(), wanted - gathered_.size());
      gathered_.insert(gathered_.end(), bytes, bytes + count);
    }
    return boost::asio::buffer(gathered_);
  }

  void release_head() noexcept
  {
    gathered_ = std::vector<unsigned char, byte_allocator>(gathered_.get_allocator());
  }

  /// The next buffers to write after the first @p sent bytes: at most max_write bytes, without empty
  /// buffers; none at the end.
  auto unsent(std::size_t sent) const
  {
    if constexpr (is_one_buffer)
    {
      return boost::asio::buffer(boost::asio::const_buffer(buffers_) + sent, max_write);
    }
    else
    {
      buffer_window window;
      std::size_t room = max_write;
      for (const boost::asio::const_buffer buffer : sequence())
      {
        const std::size_t skipped = (std::min)(sent, buffer.size());
        sent -= skipped;
        if (skipped < buffer.size())
          window.push_back(boost::asio::buffer(buffer + skipped, room));
        room -= (std::min)(room, buffer.size() - skipped);
        if (window.full() || room == 0)
          break;
      }
      return window;
    }
  }

private:
  struct range
  {
    using iterator =
        decltype(boost::asio::buffer_sequence_begin(std::declval<const ConstBufferSequence&>()));

    iterator begin() const { return first; }
    iterator end() const { return last; }

    iterator first;
    iterator last;
  };

  range sequence() const
  {
    return {
        boost::asio::buffer_sequence_begin(buffers_), boost::asio::buffer_sequence_end(buffers_)};
  }

  boost::asio::const_buffer first_non_empty() const
  {
    for (const boost::asio::const_buffer buffer : sequence())
      if (buffer.size() != 0)
        return buffer;
    return {};
  }

  ConstBufferSequence buffers_;
  std::vector<unsigned char, byte_allocator> gathered_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_FIRST_FLIGHT_HPP
