// SPDX-License-Identifier: BSL-1.0

// CheckArguments.cmake wants all of this to compile without a warning: the overloads that catch
// wrong calls must not stand in the way of right ones. An operand of noexcept is not evaluated, and
// the compiler need only find the overload, which takes it less time.

#include <connectex/connectex.hpp>

#include <boost/asio.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using connectex::async_connect_ex;
using connectex::connect_ex;
using connectex::connect_options;
using connectex::disconnect;

using strand = asio::strand<asio::any_io_executor>;
using context_executor = asio::io_context::executor_type;

template <typename Protocol>
using deferring_socket = asio::deferred_t::as_default_on_t<typename Protocol::socket>;

struct move_only_handler
{
  std::unique_ptr<int> owned;

  void operator()(error_code, std::size_t) && {}
};

struct convertible_to_text
{
  operator std::string() const { return "host"; }
  operator std::string_view() const { return "host"; }
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
  const connect_options options;
  const auto flight = asio::buffer("hello", 5);
  const auto handler = [](error_code, std::size_t) {};
  static_assert(!noexcept(async_connect_ex(socket, peer, flight, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peer, flight, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peer, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peer, handler)));
}

template <typename Buffers>
void call_with_buffers(tcp::socket& socket, const tcp::endpoint& peer, const Buffers& buffers)
{
  static_assert(!noexcept(async_connect_ex(socket, peer, buffers, asio::detached)));
  static_assert(
      !noexcept(async_connect_ex(socket, peer, buffers, connect_options(), asio::detached)));
}

/// Every form with a sequence of endpoints.
template <typename Socket, typename Peers>
void call_each_race_form(Socket& socket, const Peers& peers)
{
  const auto handler = [](error_code, const typename Socket::endpoint_type&, std::size_t) {};
  const auto flight = asio::buffer("hello", 5);
  const connect_options options;
  error_code ec;
  static_assert(!noexcept(async_connect_ex(socket, peers, flight, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peers, flight, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peers, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peers, {}, handler)));
  static_assert(!noexcept(async_connect_ex(socket, peers, handler)));
  static_assert(!noexcept(connect_ex(socket, peers, flight, options, ec)));
  static_assert(!noexcept(connect_ex(socket, peers, flight, options)));
  static_assert(!noexcept(connect_ex(socket, peers, flight, {}, ec)));
  static_assert(!noexcept(connect_ex(socket, peers, flight, ec)));
  static_assert(!noexcept(connect_ex(socket, peers, flight)));
  static_assert(!noexcept(connect_ex(socket, peers, options, ec)));
  static_assert(!noexcept(connect_ex(socket, peers, options)));
  static_assert(!noexcept(connect_ex(socket, peers, ec)));
  static_assert(!noexcept(connect_ex(socket, peers)));
}

/// Every form with a name.
template <typename Host, typename Service>
void call_each_form_with_name(tcp::socket& socket, const Host& host, const Service& service)
{
  const auto handler = [](error_code, const tcp::endpoint&, std::size_t) {};
  const auto flight = asio::buffer("hello", 5);
  const connect_options options;
  error_code ec;
  static_assert(!noexcept(async_connect_ex(socket, host, service, flight, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, host, service, flight, {}, handler)));
  static_assert(!noexcept(async_connect_ex(socket, host, service, flight, asio::use_future)));
  static_assert(!noexcept(async_connect_ex(socket, host, service, options, handler)));
  static_assert(!noexcept(async_connect_ex(socket, host, service, handler)));
  static_assert(!noexcept(connect_ex(socket, host, service, flight, options, ec)));
  static_assert(!noexcept(connect_ex(socket, host, service, flight, options)));
  static_assert(!noexcept(connect_ex(socket, host, service, flight, ec)));
  static_assert(!noexcept(connect_ex(socket, host, service, flight)));
  static_assert(!noexcept(connect_ex(socket, host, service, options, ec)));
  static_assert(!noexcept(connect_ex(socket, host, service, options)));
  static_assert(!noexcept(connect_ex(socket, host, service, ec)));
  static_assert(!noexcept(connect_ex(socket, host, service)));

  connectex::lazy_connect_stream<tcp::socket&> stream(socket);
  stream.connect_on_write(host, service);
  stream.connect_on_write(host, service, options);
  stream.connect_on_write(host, service, {});
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

  // Its endpoint is made of a string.
  const std::string path = "/socket";
  async_connect_ex(socket, path, asio::detached);
  async_connect_ex(socket, "/socket", asio::buffer("hello", 5), asio::detached);
  connect_ex(socket, path);
  call_each_race_form(socket, std::vector<std::string>{path});
  connectex::lazy_connect_stream<asio::local::stream_protocol::socket&> stream(socket);
  stream.connect_on_write("/socket");
  stream.connect_on_write(path, connect_options());
}
#endif

void call_with_default_tokens(deferring_socket<tcp>& socket, const tcp::endpoint& peer)
{
  call_each_form(socket, peer);
  (void)async_connect_ex(socket, peer, asio::buffer("hello", 5), {});
}

void call_with_several_endpoints(tcp::socket& socket, derived_socket& derived,
    asio::generic::stream_protocol::socket& generic, const tcp::resolver::results_type& results)
{
  call_each_race_form(socket, results);
  call_each_race_form(derived, std::vector<tcp::endpoint>());
  call_each_race_form(generic, results);
  async_connect_ex(socket, *results.begin(), asio::detached);
  connect_ex(socket, *results.begin());
}

void call_with_names(tcp::socket& socket)
{
  call_each_form_with_name(socket, "host", "443");
  call_each_form_with_name(socket, std::string("host"), std::string_view("443"));
  call_each_form_with_name(socket, convertible_to_text(), "443");
}

void call_with_braces(tcp::socket& socket, connectex::lazy_connect_stream<>& stream)
{
  const auto handler = [](error_code, std::size_t) {};
  async_connect_ex(socket, {tcp::v4(), 80}, handler);
  async_connect_ex(socket, {tcp::v4(), 80}, asio::buffer("hello", 5), {}, handler);
  connect_ex(socket, {tcp::v4(), 80});
  connect_ex(socket, {tcp::v4(), 80}, asio::buffer("hello", 5), {});
  stream.connect_on_write({tcp::v4(), 80});
  stream.connect_on_write({tcp::v4(), 80}, {});
}

void call_with_datagram_socket(asio::ip::udp::socket& socket, const asio::ip::udp::endpoint& peer,
    const asio::ip::udp::resolver::results_type& results)
{
  error_code ec;
  connect_ex(socket, peer);
  connect_ex(socket, peer, ec);
  connect_ex(socket, {asio::ip::udp::v4(), 53});
  connect_ex(socket, *results.begin());
  disconnect(socket);
  disconnect(socket, ec);
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
  static_assert(std::is_same_v<std::future<std::tuple<tcp::endpoint, std::size_t>>,
      decltype(async_connect_ex(socket, "host", "443", asio::use_future))>);
  async_connect_ex(deferring, peer)(asio::detached);
  async_connect_ex(deferring, peer, flight)(asio::detached);
  async_connect_ex(deferring, peer, connect_options())(asio::detached);
  async_connect_ex(deferring, peer, flight, connect_options())(asio::detached);
}

struct generic_peer
{
  operator asio::generic::stream_protocol::endpoint() const { return tcp::endpoint(); }
};

void references_and_conversions(tcp::socket& socket, asio::ip::udp::socket& datagram,
    asio::generic::stream_protocol::socket& generic, const tcp::endpoint& peer)
{
  error_code ec;
  connect_ex(socket, peer, std::ref(ec));
  connect_ex(socket, peer, asio::buffer("hello", 5), std::ref(ec));
  connect_ex(datagram, asio::ip::udp::endpoint(), std::ref(ec));
  disconnect(datagram, std::ref(ec));
  connect_ex(generic, generic_peer());
}
