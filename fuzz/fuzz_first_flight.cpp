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

/// The caller's memory, in blocks of their own and of the exact size, so that AddressSanitizer sees
/// an access beyond its end.
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
    check_next();
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
        consume(choose_step());
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

  /// How many further bytes are handed over: often as many as end near a border.
  std::size_t choose_step()
  {
    const std::size_t left = source_.size() - sent_;
    switch (bytes_.below(5))
    {
    case 0:
      return 0;
    case 1:
      return (std::min)(left, std::size_t(bytes_.next()));
    case 2:
      return offered_;
    case 3:
      return (std::min)(left, choose_distance_to_border());
    default:
      // A connect call may take more than one write.
      return bytes_.number(bytes_.one_in(4) ? 3 : 1) % (left + 1);
    }
  }

  /// One less, one more, or exactly.
  std::size_t choose_distance_to_border()
  {
    const auto& offsets = source_.offsets();
    const auto next = std::upper_bound(offsets.begin(), offsets.end(), sent_);
    const std::size_t distance = (next == offsets.end() ? source_.size() : *next) - sent_;
    return distance == 0 ? 0 : distance - 1 + bytes_.below(3);
  }

  void consume(std::size_t bytes)
  {
    flight_->consume(bytes);
    sent_ += bytes;
    check_next();
  }

  /// Twice, because offering bytes must change nothing.
  void check_next()
  {
    offered_ = check_window();
    FUZZ_REQUIRE(check_window() == offered_);
  }

  /// Returns how many bytes are offered.
  std::size_t check_window() const
  {
    FUZZ_REQUIRE(flight_->size() == source_.size());
    FUZZ_REQUIRE(flight_->sent() == sent_);
    FUZZ_REQUIRE(flight_->is_sent() == (sent_ == source_.size()));
    const auto window = flight_->next();
    std::size_t end = sent_;
    std::size_t count = 0;
    const auto last = asio::buffer_sequence_end(window);
    for (auto next = asio::buffer_sequence_begin(window); next != last; ++next)
    {
      const asio::const_buffer buffer(*next);
      FUZZ_REQUIRE(is_one_buffer || buffer.size() != 0);
      FUZZ_REQUIRE(is_at(end, buffer));
      end += buffer.size();
      ++count;
    }
    FUZZ_REQUIRE(end <= source_.size());
    FUZZ_REQUIRE(end - sent_ <= max_offered);
    FUZZ_REQUIRE(count <= max_count);

    // It is as long as its two bounds and the end of the flight let it be.
    FUZZ_REQUIRE(end == source_.size() || end - sent_ == max_offered || count == max_count);
    return end - sent_;
  }

  /// All of it, as writes that take only a part would have it.
  void write_all()
  {
    for (int writes = 0; writes != 64 && offered_ != 0; ++writes)
      consume(bytes_.coin() ? 1 + bytes_.next() % offered_ : offered_);
  }

  static constexpr std::size_t max_offered = 65536;
  static constexpr std::size_t max_count = 8;

  // One buffer is what Asio makes of it, even if it is empty.
  static constexpr bool is_one_buffer = std::is_convertible_v<Buffers, asio::const_buffer>;

  std::optional<flight_type> flight_;
  std::optional<asio::const_buffer> head_;
  const pieces& source_;
  byte_source& bytes_;
  std::size_t sent_ = 0;
  std::size_t offered_ = 0;
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
