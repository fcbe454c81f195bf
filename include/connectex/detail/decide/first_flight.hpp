// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_DECIDE_FIRST_FLIGHT_HPP
#define CONNECTEX_DETAIL_DECIDE_FIRST_FLIGHT_HPP

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

/// The most that one connect call is given: the bound that WskConnectEx documents for the block it
/// takes. The ConnectEx page names none but advises against huge blocks, and Wine 8.0 never
/// finishes one that a single send cannot take.
inline constexpr std::size_t max_connect_data = 65535;

/// As much as asio::async_write hands over at a time: a system may lock all of it in memory until
/// it is sent.
inline constexpr std::size_t max_write = 65536;

/// A few buffers of a longer sequence, as a sequence of their own.
class buffer_window
{
public:
  using value_type = boost::asio::const_buffer;
  using const_iterator = const value_type*;

  // Systems take more buffers in one call, but every write in flight carries a copy of these.
  static constexpr std::size_t capacity = 8;

  const_iterator begin() const noexcept { return buffers_.data(); }
  const_iterator end() const noexcept { return buffers_.data() + size_; }
  bool empty() const noexcept { return size_ == 0; }
  bool full() const noexcept { return size_ == buffers_.size(); }
  void push_back(const value_type& buffer) noexcept { buffers_[size_++] = buffer; }

private:
  std::array<value_type, capacity> buffers_;
  std::size_t size_ = 0;
};

/// A block of memory from an allocator, and nothing from it while empty, which a debugging
/// std::vector does not promise.
template <typename Allocator>
class gathered_block
{
  using traits = typename std::allocator_traits<Allocator>::template rebind_traits<unsigned char>;
  using byte_allocator = typename traits::allocator_type;

public:
  explicit gathered_block(const Allocator& allocator) noexcept : allocator_(allocator) {}

  gathered_block(gathered_block&& other) noexcept
    : allocator_(other.allocator_),
      bytes_(std::exchange(other.bytes_, nullptr)),
      capacity_(other.capacity_),
      size_(other.size_)
  {
  }

  ~gathered_block() { release(); }

  void reserve(std::size_t capacity)
  {
    release();
    bytes_ = traits::allocate(allocator_, capacity);
    capacity_ = capacity;
  }

  /// Appends what there is room for.
  void append(const boost::asio::const_buffer& buffer) noexcept
  {
    size_ +=
        boost::asio::buffer_copy(boost::asio::buffer(&*bytes_ + size_, capacity_ - size_), buffer);
  }

  boost::asio::const_buffer data() const noexcept { return {&*bytes_, size_}; }

  void release() noexcept
  {
    if (bytes_ != nullptr)
      traits::deallocate(allocator_, std::exchange(bytes_, nullptr), capacity_);
    size_ = 0;
  }

private:
  byte_allocator allocator_;
  typename traits::pointer bytes_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

/// As Asio tells a buffer from a sequence, which may be convertible to a buffer, too.
template <typename T>
inline constexpr bool is_one_buffer =
    std::is_convertible_v<const T*,
        const boost::asio::
            const_buffer*> || std::is_convertible_v<const T*, const boost::asio::mutable_buffer*>;

/// The type of the buffers that an operation keeps of those of a call.
/**
 * asio::buffer() returns one buffer as one of several types, for each of which a compiler would
 * make an operation of its own.
 */
template <typename ConstBufferSequence>
using kept_buffers_t = std::conditional_t<
    std::disjunction_v<std::is_same<ConstBufferSequence, boost::asio::mutable_buffer>,
        std::is_same<ConstBufferSequence,
            decltype(boost::asio::buffer(std::declval<void*>(), std::size_t()))>,
        std::is_same<ConstBufferSequence,
            decltype(boost::asio::buffer(std::declval<const void*>(), std::size_t()))>>,
    boost::asio::const_buffer, ConstBufferSequence>;

/// The bytes to be sent with a connect, in order, and how many of them have been handed over.
template <typename ConstBufferSequence, typename Allocator,
    bool IsOneBuffer = is_one_buffer<ConstBufferSequence>>
class first_flight
{
public:
  first_flight(const ConstBufferSequence& buffers, const Allocator& allocator)
    : buffers_(buffers), gathered_(allocator)
  {
  }

  std::size_t size() const { return boost::asio::buffer_size(buffers_); }

  /// How many bytes have been handed over.
  std::size_t sent() const noexcept { return sent_; }

  /// Whether none is left.
  bool is_sent() const
  {
    const range all = sequence();
    return std::all_of(std::next(all.begin(), consumed_buffers_), all.end(),
        [](const boost::asio::const_buffer& buffer) { return buffer.size() == 0; });
  }

  /// One block of at most max_connect_data bytes that starts the sequence. Its memory is the
  /// caller's if one buffer holds it all, and otherwise a copy that lives until release_head().
  boost::asio::const_buffer head()
  {
    const std::size_t wanted = (std::min)(size(), max_connect_data);
    const boost::asio::const_buffer first = first_non_empty();
    if (first.size() >= wanted)
      return boost::asio::buffer(first, wanted);

    gathered_.reserve(wanted);
    for (const boost::asio::const_buffer buffer : sequence())
      gathered_.append(buffer);
    return gathered_.data();
  }

  void release_head() noexcept { gathered_.release(); }

  /// The next buffers to write: at most max_write bytes, without empty buffers; none at the end.
  buffer_window next() const
  {
    buffer_window window;
    visit_next(
        [&](const boost::asio::const_buffer& buffer)
        {
          window.push_back(buffer);
          return !window.full();
        });
    return window;
  }

  /// Calls @p take with each of these buffers, and with more than a window has, until it returns
  /// false.
  template <typename Take>
  void visit_next(Take take) const
  {
    const range all = sequence();
    std::size_t skipped = consumed_bytes_;
    std::size_t room = max_write;
    for (auto next = std::next(all.begin(), consumed_buffers_); next != all.end() && room != 0;
         ++next)
    {
      const boost::asio::const_buffer buffer =
          boost::asio::buffer(boost::asio::const_buffer(*next) + std::exchange(skipped, 0), room);
      if (buffer.size() != 0 && !take(buffer))
        return;
      room -= buffer.size();
    }
  }

  /// All of it is to be handed over once more.
  void rewind() noexcept
  {
    consumed_buffers_ = 0;
    consumed_bytes_ = 0;
    sent_ = 0;
  }

  /// The next @p bytes have been handed over.
  void consume(std::size_t bytes)
  {
    sent_ += bytes;
    consumed_bytes_ += bytes;
    const range all = sequence();
    for (auto next = std::next(all.begin(), consumed_buffers_); next != all.end(); ++next)
    {
      const std::size_t size = boost::asio::const_buffer(*next).size();
      if (consumed_bytes_ < size)
        break;
      consumed_bytes_ -= size;
      ++consumed_buffers_;
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
    {
      if (buffer.size() != 0)
        return buffer;
    }
    return {};
  }

  ConstBufferSequence buffers_;
  gathered_block<Allocator> gathered_;

  // The buffers that are done with, and how far the next one is: starting at the front again each
  // time would be quadratic.
  std::ptrdiff_t consumed_buffers_ = 0;
  std::size_t consumed_bytes_ = 0;
  std::size_t sent_ = 0;
};

/// One buffer needs no gathering and no window.
template <typename ConstBufferSequence, typename Allocator>
class first_flight<ConstBufferSequence, Allocator, true>
{
public:
  first_flight(const ConstBufferSequence& buffer, const Allocator&) : buffer_(buffer) {}

  std::size_t size() const { return boost::asio::const_buffer(buffer_).size(); }

  std::size_t sent() const noexcept { return sent_; }

  bool is_sent() const { return sent_ >= size(); }

  boost::asio::const_buffer head() const
  {
    return boost::asio::buffer(boost::asio::const_buffer(buffer_), max_connect_data);
  }

  void release_head() noexcept {}

  boost::asio::const_buffer next() const
  {
    return boost::asio::buffer(boost::asio::const_buffer(buffer_) + sent_, max_write);
  }

  template <typename Take>
  void visit_next(Take take) const
  {
    const boost::asio::const_buffer buffer = next();
    if (buffer.size() != 0)
      take(buffer);
  }

  void rewind() noexcept { sent_ = 0; }
  void consume(std::size_t bytes) noexcept { sent_ += bytes; }

private:
  ConstBufferSequence buffer_;
  std::size_t sent_ = 0;
};

/// Stands for the buffers of a call that was given none.
struct no_first_flight
{
};

template <typename Allocator>
class first_flight<no_first_flight, Allocator, false>
{
public:
  first_flight(const no_first_flight&, const Allocator&) noexcept {}

  static std::size_t size() noexcept { return 0; }
  static std::size_t sent() noexcept { return 0; }
  static bool is_sent() noexcept { return true; }
  static boost::asio::const_buffer head() noexcept { return {}; }
  static void release_head() noexcept {}
  static boost::asio::const_buffer next() noexcept { return {}; }
  template <typename Take>
  static void visit_next(Take) noexcept
  {
  }
  static void rewind() noexcept {}
  static void consume(std::size_t) noexcept {}
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_DECIDE_FIRST_FLIGHT_HPP
