// SPDX-License-Identifier: BSL-1.0

#include <connectex/beast.hpp>

#include "support/coroutines.hpp"
#include "support/expected.hpp"
#include "support/loopback.hpp"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <sstream>
#include <string>

namespace
{

using namespace test;
using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace http = beast::http;
using connectex::connect_report;
using connectex::lazy_connect_stream;

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

request get_request()
{
  request asked(http::verb::get, "/news", 11);
  asked.set(http::field::host, "localhost");
  return asked;
}

request post_request(std::size_t size)
{
  request asked(http::verb::post, "/news", 11);
  asked.set(http::field::host, "localhost");
  asked.body() = pattern(size);
  asked.prepare_payload();
  return asked;
}

template <typename Message>
std::size_t size_of(const Message& message)
{
  std::ostringstream text;
  text << message;
  return text.str().size();
}

void check_ride(const connect_report& report, std::size_t size)
{
  CHECK(report.attempts.size() == 1);
  CHECK(report.first_flight == path_of(size));
  CHECK(report.bytes_in_connect == bytes_in_connect_of(size));
}

/// Answers one request with the request's own body.
asio::awaitable<void> answer_one(tcp::acceptor& acceptor, request& asked)
{
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  beast::flat_buffer unread;
  co_await http::async_read(socket, unread, asked, asio::use_awaitable);
  response answer(http::status::ok, 11);
  answer.body() = asked.body();
  answer.prepare_payload();
  co_await http::async_write(socket, answer, asio::use_awaitable);
}

asio::awaitable<void> read_answer(lazy_connect_stream<beast::tcp_stream>& stream, response& answer)
{
  beast::flat_buffer unread;
  co_await http::async_read(stream, unread, answer, asio::use_awaitable);
}

/// A client that is armed, and its server, which is there.
struct http_pair
{
  http_pair() { stream.connect_on_write(acceptor.local_endpoint(), {.report = &report}); }

  asio::io_context context;
  tcp::acceptor acceptor{context, loopback_v4()};
  connect_report report;
  lazy_connect_stream<beast::tcp_stream> stream{context};
  request received;
  response answer;
};

asio::awaitable<void> ask(http_pair& pair, request asked)
{
  co_await http::async_write(pair.stream, asked, asio::use_awaitable);
  co_await read_answer(pair.stream, pair.answer);
}

asio::awaitable<void> ask_in_two_writes(
    http_pair& pair, http::request_serializer<http::string_body>& serializer)
{
  co_await http::async_write_header(pair.stream, serializer, asio::use_awaitable);
  co_await http::async_write(pair.stream, serializer, asio::use_awaitable);
  co_await read_answer(pair.stream, pair.answer);
}

} // namespace

TEST_CASE("the GET of Beast rides in the connect")
{
  http_pair pair;
  run_together(pair.context, ask(pair, get_request()), answer_one(pair.acceptor, pair.received));
  CHECK(pair.received.target() == "/news");
  CHECK(pair.answer.result() == http::status::ok);
  check_ride(pair.report, size_of(get_request()));
}

TEST_CASE("a POST of Beast that is larger than a connect takes arrives byte for byte")
{
  const request asked = post_request(200000);
  http_pair pair;
  run_together(pair.context, ask(pair, asked), answer_one(pair.acceptor, pair.received));
  CHECK((pair.received.body() == asked.body()));
  CHECK((pair.answer.body() == asked.body()));
  check_ride(pair.report, size_of(asked));
}

TEST_CASE("a chunked POST of Beast arrives")
{
  request asked = post_request(1000);
  asked.erase(http::field::content_length);
  asked.chunked(true);
  http_pair pair;
  run_together(pair.context, ask(pair, asked), answer_one(pair.acceptor, pair.received));
  CHECK(pair.received.chunked());
  CHECK((pair.received.body() == asked.body()));
  CHECK(pair.report.first_flight == path_of(1000));
}

TEST_CASE("of a split POST of Beast the header rides alone")
{
  request asked = post_request(1000);
  http::request_serializer<http::string_body> serializer(asked);
  http_pair pair;
  run_together(
      pair.context, ask_in_two_writes(pair, serializer), answer_one(pair.acceptor, pair.received));
  CHECK((pair.received.body() == asked.body()));
  check_ride(pair.report, size_of(asked.base()));
}

TEST_CASE("a refusal is what Beast is told of a refused connect")
{
  asio::io_context context;
  const refusing_port nobody(context);
  lazy_connect_stream<beast::tcp_stream> stream(context);
  stream.connect_on_write(nobody.endpoint());
  error_code refused;
  error_code later;
  const auto client = [&]() -> asio::awaitable<void>
  {
    const request asked = get_request();
    co_await http::async_write(stream, asked, into(refused));
    beast::flat_buffer unread;
    response answer;
    co_await http::async_read(stream, unread, answer, into(later));
  };
  run_together(context, client());
  CHECK(refused == asio::error::connection_refused);
  CHECK(later == asio::error::not_connected);
}

TEST_CASE("a time limit of beast::tcp_stream strikes once the connection stands")
{
  asio::io_context context;
  idle_peer silent(context);
  lazy_connect_stream<beast::tcp_stream> stream(context);
  stream.connect_on_write(silent.endpoint());

  // Set before or after the connect, which it does not govern.
  const bool before = GENERATE(true, false);
  error_code written;
  error_code read;
  const auto client = [&]() -> asio::awaitable<void>
  {
    const request asked = get_request();
    if (before)
      stream.next_layer().expires_after(50ms);
    co_await http::async_write(stream, asked, into(written));
    if (!before)
      stream.next_layer().expires_after(50ms);
    beast::flat_buffer unread;
    response answer;
    co_await http::async_read(stream, unread, answer, into(read));
  };
  run_together(context, client());
  CHECK(!written);
  CHECK(read == beast::error::timeout);
}
