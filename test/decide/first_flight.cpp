// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/decide/first_flight.hpp>

#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/loopback.hpp"

#include <array>
#include <memory>
#include <vector>

namespace
{

namespace asio = boost::asio;
using connectex::detail::first_flight;
using connectex::detail::max_first_flight;
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

} // namespace

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
  CHECK(max_first_flight == 65535);
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

TEST_CASE("empty buffers are skipped")
{
  const std::string bytes = pattern(10);
  auto flight =
      flight_of(buffer_list{asio::const_buffer(), asio::buffer(bytes), asio::const_buffer()});
  CHECK(flight.head().data() == bytes.data());
  CHECK(flight.head().size() == 10);
  CHECK(text_of(flight.unsent(0)) == bytes);
  CHECK(asio::buffer_size(flight.unsent(10)) == 0);
}

TEST_CASE("no bytes make an empty head and nothing unsent")
{
  auto nothing = flight_of(asio::const_buffer());
  CHECK(nothing.head().size() == 0);
  CHECK(asio::buffer_size(nothing.unsent(0)) == 0);

  auto none = flight_of(buffer_list());
  CHECK(none.head().size() == 0);
  CHECK(none.unsent(0).empty());
}

TEST_CASE("what is unsent is every byte after those sent, whatever the pieces")
{
  const std::string bytes = pattern(997);
  for (const std::size_t pieces : {1, 2, 3, 8, 9, 20})
  {
    CAPTURE(pieces);
    auto flight = flight_of(split(bytes, pieces));

    for (std::size_t sent = 0; sent <= bytes.size(); ++sent)
    {
      // A window may stop short of the end but never skips and never is empty before it.
      const std::string unsent = text_of(flight.unsent(sent));
      REQUIRE(unsent == bytes.substr(sent, unsent.size()));
      REQUIRE((sent == bytes.size() || !unsent.empty()));
    }

    // And from the front once more.
    CHECK(text_of(flight.unsent(0)) == bytes.substr(0, text_of(flight.unsent(0)).size()));
    CHECK_FALSE(text_of(flight.unsent(0)).empty());
  }
}

TEST_CASE("no more than 64 KiB are written at a time")
{
  const std::string bytes = pattern(300000);
  CHECK(asio::buffer_size(flight_of(asio::buffer(bytes)).unsent(10)) == 65536);
  CHECK(text_of(flight_of(split(bytes, 2)).unsent(10)) == bytes.substr(10, 65536));
  CHECK(text_of(flight_of(split(bytes, 10)).unsent(10)) == bytes.substr(10, 65536));
}

TEST_CASE("one buffer is unsent as one buffer")
{
  const std::string bytes = pattern(100);
  auto flight = flight_of(asio::buffer(bytes));
  const asio::const_buffer rest = flight.unsent(40);
  CHECK(rest.data() == bytes.data() + 40);
  CHECK(rest.size() == 60);
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

TEST_CASE("a sequence that converts to its first buffer, too, is a sequence")
{
  struct both : buffer_list
  {
    using buffer_list::buffer_list;
    operator asio::const_buffer() const { return front(); }
  };
  const std::string bytes = pattern(500);
  const buffer_list list = split(bytes, 2);
  auto flight = flight_of(both(list.begin(), list.end()));
  CHECK(flight.size() == bytes.size());
  CHECK(text_of(flight.unsent(0)) == bytes);
}

TEST_CASE("the head stays where it is when the flight is moved")
{
  const std::string bytes = pattern(500);
  auto flight = flight_of(split(bytes, 2));
  const asio::const_buffer head = flight.head();
  auto moved = std::move(flight);
  CHECK(text(head) == bytes);
  CHECK(text_of(moved.unsent(0)) == bytes);
}
