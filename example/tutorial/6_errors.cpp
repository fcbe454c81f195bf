// SPDX-License-Identifier: BSL-1.0

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string advice(const error_code& error)
{
  if (!error)
    return "go on";
  if (error == connectex::condition::aborted)
    return "do nothing";
  if (error == connectex::condition::misuse)
    return "correct the call";
  if (error == connectex::condition::local_exhaustion)
    return "open fewer connections";
  if (error == connectex::condition::retryable)
    return "close the socket, try again later";
  if (error == connectex::condition::broken
      || error.category() == connectex::after_delivery_category())
    return "ask whether the server may get the first flight twice";
  if (error == connectex::condition::refused_or_unreachable)
    return "try elsewhere";
  return "report it";
}

error_code connect(asio::io_context& context, tcp::socket& socket, tcp::endpoint peer)
{
  error_code result = asio::error::would_block;
  connectex::async_connect_ex(
      socket, peer, [&](const error_code& error, std::size_t) { result = error; });
  context.restart();
  context.run_for(std::chrono::seconds(10));
  std::cout << result.message() << ": " << advice(result) << '\n';
  return result;
}

int main()
{
  asio::io_context context;
  const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
  const tcp::acceptor listener(context, any_port);
  // Bound, but not listening: whoever connects is refused.
  const tcp::socket nobody(context, any_port);
  tcp::socket first(context);
  const error_code refused = connect(context, first, nobody.local_endpoint());
  tcp::socket second(context);
  const error_code success = connect(context, second, listener.local_endpoint());
  const error_code again = connect(context, second, listener.local_endpoint());

  // As the call ends when a time limit is reached after a part of the first flight was written.
  const error_code late(
      error_code(asio::error::timed_out).value(), connectex::after_delivery_category());
  const error_code refused_late(refused.value(), connectex::after_delivery_category());
  const bool all_as_told = advice(refused) == "close the socket, try again later"
      && advice(success) == "go on" && advice(again) == "correct the call"
      && advice(asio::error::operation_aborted) == "do nothing"
      && advice(asio::error::no_buffer_space) == "open fewer connections"
      && advice(asio::error::host_unreachable) == "try elsewhere"
      && advice(asio::error::connection_reset) == advice(late)
      && advice(refused_late) == advice(late) && late != connectex::condition::retryable;
  return all_as_told ? EXIT_SUCCESS : EXIT_FAILURE;
}
