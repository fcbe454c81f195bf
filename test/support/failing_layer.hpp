// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_FAILING_LAYER_HPP
#define CONNECTEX_TEST_SUPPORT_FAILING_LAYER_HPP

#include "asio_names.hpp"
#include "catch.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace test
{

/// A stream over a socket. One of its reads and writes fails, and those after it.
class failing_layer
{
public:
  using executor_type = tcp::socket::executor_type;

  static constexpr asio::error::basic_errors failure = asio::error::network_reset;

  template <typename Context>
  explicit failing_layer(Context& context) : socket_(context)
  {
  }

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& socket() { return socket_; }
  const tcp::socket& socket() const { return socket_; }

  /// @param count How many reads and writes succeed.
  void fail_after(int count) { left_ = count; }
  bool has_failed() const { return left_ < 0; }

  template <typename ConstBufferSequence, typename WriteToken>
  auto async_write_some(const ConstBufferSequence& buffers, WriteToken&& token)
  {
    return start([this, buffers](auto&& handler)
        { socket_.async_write_some(buffers, std::forward<decltype(handler)>(handler)); },
        token);
  }

  template <typename MutableBufferSequence, typename ReadToken>
  auto async_read_some(const MutableBufferSequence& buffers, ReadToken&& token)
  {
    return start([this, buffers](auto&& handler)
        { socket_.async_read_some(buffers, std::forward<decltype(handler)>(handler)); },
        token);
  }

private:
  template <typename Forward, typename Token>
  auto start(Forward forward, Token& token)
  {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this, forward](auto&& handler)
        {
          if (left_ > 0)
          {
            --left_;
            return forward(std::forward<decltype(handler)>(handler));
          }
          left_ = -1;
          asio::post(socket_.get_executor(),
              [handler = std::forward<decltype(handler)>(handler)]() mutable
              { std::move(handler)(error_code(failure), std::size_t(0)); });
        },
        token);
  }

  tcp::socket socket_;
  int left_ = 0;
};

/// What a client that says hello has come to.
struct hello_over_layer
{
  std::string heard;
  error_code error;
  bool layer_has_failed = false;
};

/// Lets each read and write of a failing_layer fail in its turn, and checks what comes of each.
/**
 * @param say_hello Called with how many of them are to succeed.
 * @returns How many there are if none fails.
 */
template <typename SayHello>
int fail_each_in_turn(SayHello say_hello)
{
  for (int good = 0;; ++good)
  {
    CAPTURE(good);
    REQUIRE(good < 100);
    const hello_over_layer result = say_hello(good);
    if (!result.layer_has_failed)
    {
      CHECK(!result.error);
      CHECK(result.heard == "hello");
      return good;
    }
    CHECK(result.error == failing_layer::failure);
  }
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_FAILING_LAYER_HPP
