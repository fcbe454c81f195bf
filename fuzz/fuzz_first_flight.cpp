// SPDX-License-Identifier: BSL-1.0

#include "fuzz.hpp"

#include <connectex/detail/decide/first_flight.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

namespace asio = boost::asio;
using fuzz::byte_source;

constexpr std::size_t max_size = 200000;

/// Each flight is the beginning of these, so that a byte out of its place is noticed.
const std::vector<unsigned char>& pattern()
{
  static const std::vector<unsigned char> bytes = []
  {
    std::mt19937 engine;
    std::vector<unsigned char> result(max_size);
    std::generate(
        result.begin(), result.end(), [&] { return static_cast<unsigned char>(engine()); });
    return result;
  }();
  return bytes;
}

/// Whether @p buffer holds what a flight has at @p offset.
bool is_at(std::size_t offset, asio::const_buffer buffer)
{
  return offset + buffer.size() <= max_size
      && (buffer.size() == 0
          || std::memcmp(pattern().data() + offset, buffer.data(), buffer.size()) == 0);
}

/// The caller's memory, in blocks of their own and of the exact size, so that AddressSanitizer sees who
/// goes too far.
class pieces
{
public:
  pieces(byte_source& bytes, std::size_t count)
  {
    for (std::size_t n = 0; n != count; ++n)
    {
      const std::size_t size = (std::min)(choose_size(bytes), max_size - size_);
      add(size, bytes.coin());
    }
  }

  std::size_t size() const { return size_; }
  const std::vector<asio::const_buffer>& buffers() const { return buffers_; }

  /// Where each begins.
  const std::vector<std::size_t>& offsets() const { return offsets_; }

private:
  static std::size_t choose_size(byte_source& bytes)
  {
    const unsigned kind = bytes.below(32);
    if (kind < 8)
      return 0;
    if (kind < 28)
      return bytes.below(64);
    if (kind < 30)
      return 16 * bytes.next();
    if (kind == 30)
      return 65530 + bytes.below(12);
    return 400 * bytes.next();
  }

  void add(std::size_t size, bool is_null_if_empty)
  {
    offsets_.push_back(size_);
    if (size == 0 && is_null_if_empty)
    {
      buffers_.emplace_back();
      return;
    }
    blocks_.push_back(std::make_unique<unsigned char[]>(size));
    std::copy_n(pattern().data() + size_, size, blocks_.back().get());
    buffers_.emplace_back(blocks_.back().get(), size);
    size_ += size;
  }

  std::vector<std::unique_ptr<unsigned char[]>> blocks_;
  std::vector<asio::const_buffer> buffers_;
  std::vector<std::size_t> offsets_;
  std::size_t size_ = 0;
};

template <typename Buffers>
class flight_check
{
  using flight_type = connectex::detail::first_flight<Buffers, std::allocator<void>>;

public:
  flight_check(const Buffers& buffers, const pieces& source, byte_source& bytes)
    : flight_(std::in_place, buffers, std::allocator<void>()), source_(source), bytes_(bytes)
  {
  }

  void run()
  {
    FUZZ_REQUIRE(flight_->size() == source_.size());
    for (int steps = 0; steps != 24 && !bytes_.empty(); ++steps)
    {
      switch (bytes_.below(8))
      {
      case 0:
        head_ = flight_->head();
        check_head();
        break;
      case 1:
        flight_->release_head();
        flight_->release_head();
        head_.reset();
        break;
      case 2:
        move();
        break;
      default:
        check_unsent(choose_sent());
      }
    }
    head_ = flight_->head();
    check_head();
    write_all();
    check_head();
    flight_->release_head();
    flight_->release_head();
  }

private:
  void check_head() const
  {
    if (!head_)
      return;
    FUZZ_REQUIRE(head_->size() == (std::min<std::size_t>)(source_.size(), 65535));
    FUZZ_REQUIRE(is_at(0, *head_));
    const asio::const_buffer first = first_non_empty();
    FUZZ_REQUIRE(
        first.size() < head_->size() || first.size() == 0 || head_->data() == first.data());
  }

  asio::const_buffer first_non_empty() const
  {
    const auto& buffers = source_.buffers();
    const auto found = std::find_if(buffers.begin(), buffers.end(),
        [](const asio::const_buffer& buffer) { return buffer.size() != 0; });
    return found == buffers.end() ? asio::const_buffer() : *found;
  }

  /// As an operation does between its steps.
  void move()
  {
    flight_type elsewhere(std::move(*flight_));
    flight_.emplace(std::move(elsewhere));
    check_head();
  }

  std::size_t choose_sent()
  {
    const std::size_t size = source_.size();
    switch (bytes_.below(5))
    {
    case 0:
      return size;
    case 1:
      return (std::min)(size, sent_ + bytes_.next());
    case 2:
      return (std::min)(size, last_end_);
    case 3:
    {
      const auto& offsets = source_.offsets();
      const std::size_t edge = offsets.empty() ? 0 : offsets[bytes_.next() % offsets.size()];
      const std::size_t shift = bytes_.below(3);
      return (std::min)(size, edge + shift - (std::min<std::size_t>)(edge, 1));
    }
    default:
      return bytes_.number(3) % (size + 1);
    }
  }

  /// Returns how many bytes it gave.
  std::size_t check_unsent(std::size_t sent)
  {
    const auto window = flight_->unsent(sent);
    std::size_t end = sent;
    const auto last = asio::buffer_sequence_end(window);
    for (auto next = asio::buffer_sequence_begin(window); next != last; ++next)
    {
      const asio::const_buffer buffer(*next);
      FUZZ_REQUIRE(is_one_buffer || buffer.size() != 0);
      FUZZ_REQUIRE(is_at(end, buffer));
      end += buffer.size();
    }
    FUZZ_REQUIRE(end <= source_.size());
    FUZZ_REQUIRE(end - sent <= 65536);
    FUZZ_REQUIRE((end != sent) == (sent < source_.size()));
    sent_ = sent;
    last_end_ = end;
    return end - sent;
  }

  /// All of it, as writes that take only a part would have it.
  void write_all()
  {
    std::size_t sent = 0;
    for (int writes = 0; writes != 64; ++writes)
    {
      const std::size_t offered = check_unsent(sent);
      if (offered == 0)
        return;
      sent += bytes_.coin() ? 1 + bytes_.next() % offered : offered;
    }
  }

  // One buffer is what Asio makes of it, even if it is empty.
  static constexpr bool is_one_buffer = std::is_convertible_v<Buffers, asio::const_buffer>;

  std::optional<flight_type> flight_;
  std::optional<asio::const_buffer> head_;
  const pieces& source_;
  byte_source& bytes_;
  std::size_t sent_ = 0;
  std::size_t last_end_ = 0;
};

template <typename Buffers>
void check(const Buffers& buffers, const pieces& source, byte_source& bytes)
{
  flight_check<Buffers>(buffers, source, bytes).run();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  byte_source bytes(data, size);
  const unsigned kind = bytes.below(8);
  const pieces source(bytes, kind == 0 ? 1 : bytes.below(40));
  const auto& buffers = source.buffers();
  if (kind == 0)
    check(buffers.front(), source, bytes);
  else if (kind % 2 == 0)
    check(std::list<asio::const_buffer>(buffers.begin(), buffers.end()), source, bytes);
  else
    check(buffers, source, bytes);
  return 0;
}
