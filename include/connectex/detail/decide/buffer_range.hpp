// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_BUFFER_RANGE_HPP
#define CONNECTEX_DETAIL_DECIDE_BUFFER_RANGE_HPP

#include <boost/asio/buffer.hpp>

#include <vector>

namespace connectex::detail
{

/// The buffers of a sequence that have bytes, each of them once more.
template <typename Buffer, typename BufferSequence>
std::vector<Buffer> list_buffers(const BufferSequence& sequence)
{
  std::vector<Buffer> buffers;
  const auto end = boost::asio::buffer_sequence_end(sequence);
  for (auto next = boost::asio::buffer_sequence_begin(sequence); next != end; ++next)
  {
    const Buffer buffer(*next);
    if (buffer.size() != 0)
      buffers.push_back(buffer);
  }
  return buffers;
}

/// The buffers of another sequence, which must outlive this one; or none. It makes one type of an
/// attempt that carries a first flight and one that does not.
class buffer_range
{
public:
  using value_type = boost::asio::const_buffer;
  using const_iterator = const value_type*;

  buffer_range() = default;

  explicit buffer_range(const std::vector<value_type>& buffers) noexcept
    : begin_(buffers.data()), end_(buffers.data() + buffers.size())
  {
  }

  const_iterator begin() const noexcept { return begin_; }
  const_iterator end() const noexcept { return end_; }

private:
  const_iterator begin_ = nullptr;
  const_iterator end_ = nullptr;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_BUFFER_RANGE_HPP
