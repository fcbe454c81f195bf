// SPDX-License-Identifier: BSL-1.0

// Included by the compiler before each test source that the blocking call takes over from the
// asynchronous one: it calls connect_ex() wherever they call async_connect_ex().

#ifndef CONNECTEX_TEST_SUPPORT_BLOCKING_CONNECT_HPP
#define CONNECTEX_TEST_SUPPORT_BLOCKING_CONNECT_HPP

#include <connectex/async_connect_ex_race.hpp>
#include <connectex/connect_ex_race.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace test
{

template <typename Socket, typename Token, typename... Arguments>
auto connect_and_post(Socket& socket, Token&& token, const Arguments&... arguments)
{
  return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
      [&](auto&& handler)
      {
        boost::system::error_code error;
        const std::size_t sent = connectex::connect_ex(socket, arguments..., error);
        boost::asio::post(socket.get_executor(),
            boost::asio::append(std::forward<decltype(handler)>(handler), error, sent));
      },
      token);
}

/// The same with the endpoint that was connected to.
template <typename Socket, typename Token, typename... Arguments>
auto race_and_post(Socket& socket, Token&& token, const Arguments&... arguments)
{
  using endpoint_type = typename Socket::endpoint_type;
  return boost::asio::async_initiate<Token,
      void(boost::system::error_code, endpoint_type, std::size_t)>(
      [&](auto&& handler)
      {
        boost::system::error_code error;
        const std::size_t sent = connectex::connect_ex(socket, arguments..., error);
        const endpoint_type peer = error ? endpoint_type() : socket.remote_endpoint();
        boost::asio::post(socket.get_executor(),
            boost::asio::append(std::forward<decltype(handler)>(handler), error, peer, sent));
      },
      token);
}

template <typename Socket, typename T>
inline constexpr bool is_endpoints =
    connectex::detail::is_endpoint_sequence<T, typename Socket::endpoint_type>;

} // namespace test

namespace connectex
{

template <typename Socket, typename Token>
auto blocking_connect_ex(Socket& socket, const typename Socket::endpoint_type& peer, Token&& token)
{
  return test::connect_and_post(socket, std::forward<Token>(token), peer);
}

template <typename Socket, typename First, typename Token>
auto blocking_connect_ex(Socket& socket, const typename Socket::endpoint_type& peer,
    const First& buffers_or_options, Token&& token)
{
  return test::connect_and_post(socket, std::forward<Token>(token), peer, buffers_or_options);
}

template <typename Socket, typename ConstBufferSequence, typename Token>
auto blocking_connect_ex(Socket& socket, const typename Socket::endpoint_type& peer,
    const ConstBufferSequence& buffers, const connect_options& options, Token&& token)
{
  return test::connect_and_post(socket, std::forward<Token>(token), peer, buffers, options);
}

template <typename Socket, typename Endpoints, typename Token,
    std::enable_if_t<test::is_endpoints<Socket, Endpoints>, int> = 0>
auto blocking_connect_ex(Socket& socket, const Endpoints& endpoints, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), endpoints);
}

template <typename Socket, typename Endpoints, typename First, typename Token,
    std::enable_if_t<test::is_endpoints<Socket, Endpoints>, int> = 0>
auto blocking_connect_ex(
    Socket& socket, const Endpoints& endpoints, const First& buffers_or_options, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), endpoints, buffers_or_options);
}

template <typename Socket, typename Endpoints, typename ConstBufferSequence, typename Token,
    std::enable_if_t<test::is_endpoints<Socket, Endpoints>, int> = 0>
auto blocking_connect_ex(Socket& socket, const Endpoints& endpoints,
    const ConstBufferSequence& buffers, const connect_options& options, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), endpoints, buffers, options);
}

template <typename Socket, typename Token>
auto blocking_connect_ex(
    Socket& socket, std::string_view host, std::string_view service, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), host, service);
}

template <typename Socket, typename First, typename Token>
auto blocking_connect_ex(Socket& socket, std::string_view host, std::string_view service,
    const First& buffers_or_options, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), host, service, buffers_or_options);
}

template <typename Socket, typename ConstBufferSequence, typename Token>
auto blocking_connect_ex(Socket& socket, std::string_view host, std::string_view service,
    const ConstBufferSequence& buffers, const connect_options& options, Token&& token)
{
  return test::race_and_post(socket, std::forward<Token>(token), host, service, buffers, options);
}

} // namespace connectex

#define async_connect_ex blocking_connect_ex

#endif // CONNECTEX_TEST_SUPPORT_BLOCKING_CONNECT_HPP
