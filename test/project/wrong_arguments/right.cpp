// SPDX-License-Identifier: BSL-1.0

// CheckArguments.cmake wants all of this to compile without a warning: the overloads that catch
// wrong calls must not stand in the way of right ones.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cstddef>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using connectex::async_connect_ex;
using connectex::connect_options;

using strand = asio::strand<asio::any_io_executor>;
using context_executor = asio::io_context::executor_type;

template <typename Protocol>
using deferring_socket = asio::deferred_t::as_default_on_t<typename Protocol::socket>;

struct move_only_handler
{
  std::unique_ptr<int> owned;

  void operator()(error_code, std::size_t) && {}
};

struct convertible_to_options
{
  operator connect_options() const { return {}; }
};

void function(error_code, std::size_t) {}

/// Every form, with the default token or without.
template <typename Socket, typename... Token>
void call_each_form(Socket& socket, const typename Socket::endpoint_type& peer, Token... token)
{
  const connect_options options;
  const auto flight = asio::buffer("hello", 5);
  (void)async_connect_ex(socket, peer, flight, options, token...);
  (void)async_connect_ex(socket, peer, flight, token...);
  (void)async_connect_ex(socket, peer, options, token...);
  (void)async_connect_ex(socket, peer, token...);
}

template <typename Socket>
void call_with_handler(Socket& socket, const typename Socket::endpoint_type& peer)
{
  call_each_form(socket, peer, [](error_code, std::size_t) {});
}

template <typename Buffers>
void call_with_buffers(tcp::socket& socket, const tcp::endpoint& peer, const Buffers& buffers)
{
  async_connect_ex(socket, peer, buffers, asio::detached);
  async_connect_ex(socket, peer, buffers, connect_options(), asio::detached);
}

} // namespace

// Outside, because a compiler may warn of functions that take what nobody else can name.
class derived_socket : public tcp::socket
{
public:
  using tcp::socket::socket;
};

void call_with_tokens(tcp::socket& socket, const tcp::endpoint& peer)
{
  call_each_form(socket, peer, [](auto&&...) {});
  call_each_form(socket, peer, &function);
  call_each_form(socket, peer, asio::use_future);
  call_each_form(socket, peer, asio::as_tuple(asio::deferred));
  call_each_form(socket, peer, asio::bind_executor(socket.get_executor(), asio::detached));
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
  call_each_form(socket, peer, asio::use_awaitable);
#endif

  async_connect_ex(socket, peer, function);
  async_connect_ex(socket, peer, move_only_handler());
  async_connect_ex(socket, peer, asio::buffer("hello", 5), move_only_handler());
  async_connect_ex(
      socket, peer, [](const error_code&, std::size_t) mutable noexcept { return true; });
  const auto handler = [](error_code, std::size_t) {};
  async_connect_ex(socket, peer, handler);
}

void call_with_options(tcp::socket& socket, const tcp::endpoint& peer)
{
  const auto flight = asio::buffer("hello", 5);
  connect_options options;
  async_connect_ex(socket, peer, flight, options, asio::detached);
  async_connect_ex(socket, peer, options, asio::detached);
  async_connect_ex(socket, peer, flight, {}, asio::detached);
  async_connect_ex(socket, peer, {}, asio::detached);
  async_connect_ex(socket, peer, flight, convertible_to_options(), asio::detached);
  async_connect_ex(socket, peer, convertible_to_options(), asio::detached);
}

void call_with_buffers(tcp::socket& socket, const tcp::endpoint& peer)
{
  std::string text;
  std::vector<char> bytes;
  call_with_buffers(socket, peer, asio::const_buffer());
  call_with_buffers(socket, peer, asio::mutable_buffer());
  call_with_buffers(socket, peer, asio::buffer(text));
  call_with_buffers(socket, peer, asio::buffer(bytes));
  call_with_buffers(socket, peer, std::array<asio::const_buffer, 2>());
  call_with_buffers(socket, peer, std::vector<asio::mutable_buffer>());
  call_with_buffers(socket, peer, std::list<asio::const_buffer>());
  call_with_buffers(socket, peer, asio::streambuf().data());
}

void call_with_sockets(tcp::socket& socket, asio::basic_stream_socket<tcp, strand>& on_strand,
    asio::basic_stream_socket<tcp, context_executor>& on_context, derived_socket& derived,
    asio::generic::stream_protocol::socket& generic, const tcp::endpoint& peer)
{
  call_with_handler(socket, peer);
  call_with_handler(on_strand, peer);
  call_with_handler(on_context, peer);
  call_with_handler(derived, peer);
  call_with_handler(generic, peer);
}

#if defined(BOOST_ASIO_HAS_LOCAL_SOCKETS)
void call_with_local_sockets(asio::local::stream_protocol::socket& socket,
    deferring_socket<asio::local::stream_protocol>& deferring,
    const asio::local::stream_protocol::endpoint& peer)
{
  call_with_handler(socket, peer);
  call_each_form(deferring, peer);
}
#endif

void call_with_default_tokens(deferring_socket<tcp>& socket, const tcp::endpoint& peer)
{
  call_each_form(socket, peer);
  (void)async_connect_ex(socket, peer, asio::buffer("hello", 5), {});
}

/// What a call returns is what the token makes of it, so no overload that returns nothing has taken
/// it.
void check_results(tcp::socket& socket, deferring_socket<tcp>& deferring, const tcp::endpoint& peer)
{
  const auto flight = asio::buffer("hello", 5);
  static_assert(std::is_same_v<std::future<std::size_t>,
      decltype(async_connect_ex(socket, peer, flight, {}, asio::use_future))>);
  static_assert(std::is_same_v<std::future<std::size_t>,
      decltype(async_connect_ex(socket, peer, flight, asio::use_future))>);
  static_assert(std::is_same_v<std::future<std::size_t>,
      decltype(async_connect_ex(socket, peer, connect_options(), asio::use_future))>);
  static_assert(std::is_same_v<std::future<std::size_t>,
      decltype(async_connect_ex(socket, peer, asio::use_future))>);
  async_connect_ex(deferring, peer)(asio::detached);
  async_connect_ex(deferring, peer, flight)(asio::detached);
  async_connect_ex(deferring, peer, connect_options())(asio::detached);
  async_connect_ex(deferring, peer, flight, connect_options())(asio::detached);
}
