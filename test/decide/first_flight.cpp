// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/decide/first_flight.hpp>

#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/loopback.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace
{

namespace asio = boost::asio;
using connectex::detail::first_flight;
using connectex::detail::max_connect_data;
using connectex::detail::max_write;
using connectex::detail::no_first_flight;
using test::pattern;
using test::split;

using buffer_list = std::vector<asio::const_buffer>;

template <typename Buffers>
first_flight<Buffers, std::allocator<void>> flight_of(const Buffers& buffers)
{
  return {buffers, std::allocator<void>()};
}

std::string text(asio::const_buffer buffer)
{
  return {static_cast<const char*>(buffer.data()), buffer.size()};
}

template <typename Buffers>
std::string text_of(const Buffers& buffers)
{
  std::string result;
  for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers);
       ++it)
    result += text(*it);
  return result;
}

template <typename Buffers>
std::ptrdiff_t count_of(const Buffers& buffers)
{
  return std::distance(asio::buffer_sequence_begin(buffers), asio::buffer_sequence_end(buffers));
}

/// Hands the flight over in writes that take at most @p most bytes each.
template <typename Flight>
std::string write_all(Flight& flight, std::size_t most)
{
  std::string written;
  while (!flight.is_sent())
  {
    const std::string offered = text_of(flight.next());
    REQUIRE_FALSE(offered.empty());
    const std::size_t taken = (std::min)(offered.size(), most);
    written += offered.substr(0, taken);
    flight.consume(taken);
    REQUIRE(flight.sent() == written.size());
    REQUIRE(written.size() <= flight.size());
  }
  CHECK(text_of(flight.next()).empty());
  return written;
}

} // namespace

TEST_CASE("buffers made by asio::buffer are kept as one type, and others as their own")
{
  using connectex::detail::kept_buffers_t;

  /// It may own the bytes.
  struct owning_buffer : asio::const_buffer
  {
  };

  std::string text;
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<asio::const_buffer>, asio::const_buffer>);
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<asio::mutable_buffer>, asio::const_buffer>);
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<decltype(asio::buffer(text))>, asio::const_buffer>);
  STATIC_REQUIRE(
      std::is_same_v<kept_buffers_t<decltype(asio::buffer("text", 4))>, asio::const_buffer>);
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<owning_buffer>, owning_buffer>);
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<buffer_list>, buffer_list>);
  STATIC_REQUIRE(std::is_same_v<kept_buffers_t<no_first_flight>, no_first_flight>);
}

TEST_CASE("the head of one buffer is the caller's memory")
{
  const std::string bytes = pattern(1000);
  auto flight = flight_of(asio::buffer(bytes));
  CHECK(flight.head().data() == bytes.data());
  CHECK(flight.head().size() == 1000);
  CHECK(flight.size() == 1000);
}

TEST_CASE("the head is never longer than 65,535 bytes")
{
  CHECK(max_connect_data == 65535);
  const std::string bytes = pattern(200000);

  SECTION("of one buffer")
  {
    auto flight = flight_of(asio::buffer(bytes));
    const asio::const_buffer head = flight.head();
    CHECK(head.data() == bytes.data());
    CHECK(head.size() == 65535);
  }

  SECTION("of several buffers")
  {
    auto flight = flight_of(split(bytes, 7));
    CHECK(text(flight.head()) == bytes.substr(0, 65535));
  }
}

TEST_CASE("the head of several buffers is gathered in order")
{
  const std::string bytes = pattern(3000);
  auto flight = flight_of(split(bytes, 3));
  CHECK(text(flight.head()) == bytes);
}

TEST_CASE("a first buffer that fills the head is not copied")
{
  const std::string bytes = pattern(70000);
  const std::string more = pattern(10);
  auto flight = flight_of(buffer_list{asio::buffer(bytes), asio::buffer(more)});
  CHECK(flight.head().data() == bytes.data());
  CHECK(flight.head().size() == 65535);
}

TEST_CASE("a single buffer between empty ones is not copied")
{
  const std::string bytes = pattern(10);
  auto flight =
      flight_of(buffer_list{asio::const_buffer(), asio::buffer(bytes), asio::const_buffer()});
  CHECK(flight.head().data() == bytes.data());
  CHECK(flight.head().size() == 10);
}

TEST_CASE("empty buffers are skipped, wherever they are")
{
  const std::string a = pattern(10);
  const std::string b = pattern(25).substr(10);
  const asio::const_buffer empty = GENERATE(asio::const_buffer(), asio::const_buffer("", 0));
  const std::size_t first = GENERATE(0u, 1u, 9u);
  const std::size_t between = GENERATE(0u, 1u, 9u);
  const std::size_t last = GENERATE(0u, 1u, 9u);
  CAPTURE(first, between, last);

  buffer_list buffers(first, empty);
  buffers.push_back(asio::buffer(a));
  buffers.insert(buffers.end(), between, empty);
  buffers.push_back(asio::buffer(b));
  buffers.insert(buffers.end(), last, empty);

  auto flight = flight_of(buffers);
  CHECK(flight.size() == 25);
  CHECK(count_of(flight.next()) == 2);
  CHECK(text_of(flight.next()) == a + b);
  CHECK(text(flight.head()) == a + b);

  // At the border, where empty buffers follow.
  flight.consume(10);
  CHECK_FALSE(flight.is_sent());
  CHECK(count_of(flight.next()) == 1);
  CHECK(text_of(flight.next()) == b);
  flight.consume(15);
  CHECK(flight.is_sent());
  CHECK(count_of(flight.next()) == 0);
  CHECK(flight.sent() == 25);
}

TEST_CASE("a flight without bytes has an empty head and is sent from the start")
{
  SECTION("of one empty buffer")
  {
    auto flight = flight_of(asio::const_buffer());
    CHECK(flight.head().size() == 0);
    CHECK(flight.is_sent());
    CHECK(asio::buffer_size(flight.next()) == 0);
  }
  SECTION("of no buffers")
  {
    auto flight = flight_of(buffer_list());
    CHECK(flight.head().size() == 0);
    CHECK(flight.is_sent());
    CHECK(flight.next().empty());
  }
  SECTION("of many empty buffers")
  {
    auto flight = flight_of(buffer_list(20));
    CHECK(flight.head().size() == 0);
    CHECK(flight.is_sent());
    CHECK(flight.next().empty());
    flight.consume(0);
    CHECK(flight.is_sent());
    CHECK(flight.sent() == 0);
  }
  SECTION("of a call that was given none")
  {
    auto flight = flight_of(no_first_flight());
    CHECK(flight.size() == 0);
    CHECK(flight.head().size() == 0);
    CHECK(flight.is_sent());
    CHECK(asio::buffer_size(flight.next()) == 0);
    flight.consume(0);
    CHECK(flight.sent() == 0);
  }
}

TEST_CASE("one buffer is offered as one buffer, from where the last write ended")
{
  const std::string bytes = pattern(100);
  auto flight = flight_of(asio::buffer(bytes));
  CHECK(flight.sent() == 0);
  flight.consume(40);
  CHECK(flight.sent() == 40);
  CHECK_FALSE(flight.is_sent());
  const asio::const_buffer rest = flight.next();
  CHECK(rest.data() == bytes.data() + 40);
  CHECK(rest.size() == 60);

  flight.consume(59);
  CHECK_FALSE(flight.is_sent());
  flight.consume(1);
  CHECK(flight.is_sent());
  CHECK(flight.sent() == 100);
}

TEST_CASE("every byte is offered once and in order, however many bytes each write takes")
{
  const std::string bytes = pattern(997);
  const std::size_t pieces = GENERATE(1u, 2u, 3u, 8u, 9u, 20u, 997u);
  const std::size_t most = GENERATE(1u, 2u, 49u, 50u, 51u, 111u, 498u, 499u, 996u, 997u);
  CAPTURE(pieces, most);

  auto sequence = flight_of(split(bytes, pieces));
  CHECK(write_all(sequence, most) == bytes);

  const buffer_list list = split(bytes, pieces);
  auto linked = flight_of(std::list<asio::const_buffer>(list.begin(), list.end()));
  CHECK(write_all(linked, most) == bytes);

  auto one = flight_of(asio::buffer(bytes));
  CHECK(write_all(one, most) == bytes);
}

TEST_CASE("after any number of bytes the following ones are offered, in the caller's memory")
{
  const std::string bytes = pattern(997);
  const std::size_t pieces = GENERATE(2u, 3u, 8u, 9u, 20u);
  CAPTURE(pieces);
  for (std::size_t sent = 0; sent != bytes.size(); ++sent)
  {
    auto flight = flight_of(split(bytes, pieces));
    flight.consume(sent);
    REQUIRE(flight.sent() == sent);
    REQUIRE_FALSE(flight.is_sent());
    const auto window = flight.next();
    REQUIRE((*asio::buffer_sequence_begin(window)).data() == bytes.data() + sent);
    const std::string offered = text_of(window);
    REQUIRE(offered == bytes.substr(sent, offered.size()));
  }
}

TEST_CASE("a write may end within a buffer, at its border or some buffers further on")
{
  const std::string bytes = pattern(40);
  auto flight = flight_of(split(bytes, 4));

  flight.consume(3);
  CHECK(count_of(flight.next()) == 4);
  CHECK(text_of(flight.next()) == bytes.substr(3));

  flight.consume(7);
  CHECK(count_of(flight.next()) == 3);
  CHECK(text_of(flight.next()) == bytes.substr(10));

  flight.consume(25);
  CHECK(count_of(flight.next()) == 1);
  CHECK(text_of(flight.next()) == bytes.substr(35));

  flight.consume(5);
  CHECK(flight.is_sent());
}

TEST_CASE("offering bytes does not hand them over")
{
  const std::string bytes = pattern(100);
  auto flight = flight_of(split(bytes, 3));
  flight.consume(50);
  CHECK(text_of(flight.next()) == bytes.substr(50));
  CHECK(text_of(flight.next()) == bytes.substr(50));
  flight.consume(0);
  CHECK(text_of(flight.next()) == bytes.substr(50));
  CHECK(flight.sent() == 50);
}

TEST_CASE("the head starts the flight however much of it has been handed over")
{
  const std::string bytes = pattern(100);
  const std::size_t pieces = GENERATE(1u, 3u);
  auto flight = flight_of(split(bytes, pieces));
  flight.consume(60);
  CHECK(text(flight.head()) == bytes);
  CHECK(flight.size() == 100);

  auto one = flight_of(asio::buffer(bytes));
  one.consume(60);
  CHECK(text(one.head()) == bytes);
  CHECK(one.size() == 100);
}

TEST_CASE("no more than eight buffers are offered to a write")
{
  const std::string bytes = pattern(100);
  const buffer_list buffers = split(bytes, 10);
  CHECK(count_of(flight_of(split(bytes, 8)).next()) == 8);

  auto flight = flight_of(buffers);
  CHECK(count_of(flight.next()) == 8);
  CHECK(flight.next().full());
  CHECK(text_of(flight.next()) == bytes.substr(0, 80));

  // A buffer that was taken in part still needs its place.
  flight.consume(5);
  CHECK(count_of(flight.next()) == 8);
  CHECK(text_of(flight.next()) == bytes.substr(5, 75));
  flight.consume(15);
  CHECK(count_of(flight.next()) == 8);
  CHECK(text_of(flight.next()) == bytes.substr(20));
}

TEST_CASE("a visitor is shown the buffers of the next write until it has enough, and beyond eight")
{
  const std::string bytes = pattern(100);
  const std::size_t wanted = GENERATE(1u, 8u, 9u, 20u);
  auto flight = flight_of(split(bytes, 20));
  flight.consume(3);
  std::string seen;
  std::size_t count = 0;
  flight.visit_next(
      [&](const asio::const_buffer& buffer)
      {
        seen += text(buffer);
        return ++count != wanted;
      });
  CHECK(count == wanted);
  CHECK(seen == bytes.substr(3, wanted * 5 - 3));
}

TEST_CASE("a flight that is to be handed over once more starts at its front")
{
  const std::string bytes = pattern(100);
  const std::size_t pieces = GENERATE(1u, 3u);
  const std::size_t sent = GENERATE(0u, 10u, 50u, 100u);
  auto flight = flight_of(split(bytes, pieces));
  flight.consume(sent);
  flight.rewind();
  CHECK(flight.sent() == 0);
  CHECK_FALSE(flight.is_sent());
  CHECK(text_of(flight.next()) == bytes);

  auto one = flight_of(asio::buffer(bytes));
  one.consume(sent);
  one.rewind();
  CHECK(one.sent() == 0);
  CHECK(text(one.next()) == bytes);
}

namespace
{

/// What Asio calls a buffer sequence need not have buffers in it, only what converts to one.
struct convertible
{
  operator asio::const_buffer() const { return asio::buffer(text); }

  std::string_view text;
};

} // namespace

TEST_CASE("elements need only be convertible to a buffer")
{
  const std::vector<convertible> buffers{{""}, {"ab"}, {"cde"}};
  STATIC_REQUIRE(asio::is_const_buffer_sequence<std::vector<convertible>>::value);
  auto flight = flight_of(buffers);
  CHECK(text(flight.head()) == "abcde");
  CHECK(text_of(flight.next()) == "abcde");
  flight.consume(3);
  CHECK(text_of(flight.next()) == "de");
  CHECK_FALSE(flight.is_sent());
  flight.consume(2);
  CHECK(flight.is_sent());
}

TEST_CASE("empty buffers take no place among the eight")
{
  const std::string bytes = pattern(80);
  buffer_list buffers;
  for (const asio::const_buffer& piece : split(bytes, 8))
  {
    buffers.emplace_back();
    buffers.push_back(piece);
  }
  CHECK(text_of(flight_of(buffers).next()) == bytes);
}

TEST_CASE("no more than 64 KiB are offered at a time")
{
  CHECK(max_write == 65536);
  const std::string bytes = pattern(300000);
  const std::size_t pieces = GENERATE(2u, 10u);

  auto one = flight_of(asio::buffer(bytes));
  CHECK(text_of(one.next()) == bytes.substr(0, 65536));
  one.consume(10);
  CHECK(text_of(one.next()) == bytes.substr(10, 65536));

  auto several = flight_of(split(bytes, pieces));
  CHECK(text_of(several.next()) == bytes.substr(0, 65536));
  several.consume(10);
  CHECK(text_of(several.next()) == bytes.substr(10, 65536));
  several.consume(65536);
  CHECK(text_of(several.next()) == bytes.substr(65546, 65536));
}

TEST_CASE("a flight that is longer than one write is offered to its end")
{
  const std::string bytes = pattern(300000);
  const std::size_t pieces = GENERATE(2u, 3u, 10u, 100u);
  const std::size_t most = GENERATE(65535u, 65536u, 70000u);
  auto one = flight_of(asio::buffer(bytes));
  CHECK((write_all(one, most) == bytes));
  auto several = flight_of(split(bytes, pieces));
  CHECK((write_all(several, most) == bytes));
}

TEST_CASE("the window ends at 64 KiB even if a further buffer would have a place")
{
  const std::string bytes = pattern(65546);
  const buffer_list exact{
      asio::buffer(bytes.data(), 65536), asio::buffer(bytes.data() + 65536, 10)};
  CHECK(count_of(flight_of(exact).next()) == 1);

  const buffer_list across{
      asio::buffer(bytes.data(), 65530), asio::buffer(bytes.data() + 65530, 16)};
  CHECK(count_of(flight_of(across).next()) == 2);
  CHECK(asio::buffer_size(flight_of(across).next()) == 65536);
}

TEST_CASE("gathered memory comes from the allocator and goes back on release")
{
  test::allocation_count count;
  const std::string bytes = pattern(5000);

  first_flight<buffer_list, test::counting_allocator<void>> flight(
      split(bytes, 4), test::counting_allocator<void>(count));
  CHECK(count.allocated == 0);
  flight.head();
  CHECK(count.allocated == 1);
  flight.release_head();
  CHECK(count.live() == 0);

  first_flight<asio::const_buffer, test::counting_allocator<void>> single(
      asio::buffer(bytes), test::counting_allocator<void>(count));
  single.head();
  CHECK(count.allocated == 1);
}

TEST_CASE("gathered memory goes back with the flight, and when the head is gathered again")
{
  test::allocation_count count;
  const std::string bytes = pattern(5000);
  {
    first_flight<buffer_list, test::counting_allocator<void>> flight(
        split(bytes, 4), test::counting_allocator<void>(count));
    CHECK(text(flight.head()) == bytes);
    CHECK(text(flight.head()) == bytes);
    CHECK(count.live() == 1);
  }
  CHECK(count.live() == 0);
}

TEST_CASE("what converts to one buffer alone is that buffer, if Asio takes it for a sequence")
{
  struct only
  {
    explicit only(const std::string& source) : bytes(source) {}
    operator asio::const_buffer() const { return asio::buffer(bytes); }
    const std::string& bytes;
  };
  const std::string bytes = pattern(500);
  [&](const auto& converted)
  {
    // From Boost 1.87 on.
    if constexpr (asio::is_const_buffer_sequence<std::decay_t<decltype(converted)>>::value)
    {
      auto flight = flight_of(converted);
      CHECK(flight.size() == bytes.size());
      CHECK(text_of(flight.next()) == bytes);
      const asio::const_buffer head = flight.head();
      CHECK(std::string(static_cast<const char*>(head.data()), head.size()) == bytes);
    }
  }(only(bytes));
}

TEST_CASE("a sequence that converts to its first buffer, too, is what Asio takes it for")
{
  struct both : buffer_list
  {
    using buffer_list::buffer_list;
    operator asio::const_buffer() const { return front(); }
  };
  const std::string bytes = pattern(500);
  const buffer_list list = split(bytes, 2);
  const both sequence(list.begin(), list.end());

  // From Boost 1.87 on it is one buffer.
  const std::size_t size = asio::buffer_size(sequence);
  auto flight = flight_of(sequence);
  CHECK(flight.size() == size);
  CHECK((text_of(flight.next()) == bytes.substr(0, size)));
}

TEST_CASE("the head and the progress stay as they are when the flight is moved")
{
  const std::string bytes = pattern(500);
  auto flight = flight_of(split(bytes, 2));
  const asio::const_buffer head = flight.head();
  flight.consume(300);
  auto moved = std::move(flight);
  CHECK(text(head) == bytes);
  CHECK(moved.sent() == 300);
  CHECK(text_of(moved.next()) == bytes.substr(300));
}
