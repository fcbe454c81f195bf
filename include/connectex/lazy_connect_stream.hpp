// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_LAZY_CONNECT_STREAM_HPP
#define CONNECTEX_LAZY_CONNECT_STREAM_HPP

#include <connectex/connect_options.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/lazy_connect_core.hpp>
#include <connectex/detail/operation/lazy_transfer_op.hpp>
#include <connectex/detail/operation/wrong_arguments.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace connectex
{

/// A stream that connects with its first write, so that the bytes of that write travel in the
/// connect.
/**
 * For code that knows only "write, then read": `asio::ssl::stream`, Boost.Beast and whatever else
 * is built on Asio's stream concepts run on it unmodified, and their first bytes (a ClientHello, a
 * request) are handed over as async_connect_ex hands over a first flight. A read connects too, for
 * protocols in which the server speaks first.
 *
 * connect_on_write() arms the stream: it says where to connect, and does nothing else. Until then,
 * and again once the connection stands, the stream passes every call through to the next layer,
 * which the program may also connect itself. What an operation does depends on the state in which
 * it is started:
 *
 * @li Armed: a write begins the connect, with its bytes. A read posts itself once, so that a write
 * which is started in the same turn still begins the connect, with its bytes; if none has, the read
 * connects without data and then reads.
 * @li Connecting: reads and writes wait, and are done when the connection stands.
 * @li Failed: reads and writes end with `asio::error::not_connected`. connect_on_write() arms the
 * stream anew.
 *
 * In these three states a transfer of no bytes succeeds at once, without connecting.
 *
 * A stream moves as its next layer does, and takes along how it is armed; the other one passes
 * everything through afterwards.
 *
 * @tparam NextLayer An `asio::basic_stream_socket`, a reference to one, or a stream whose member
 * `socket()` returns one, such as `beast::tcp_stream`.
 *
 * @par Object Lifetimes
 * The stream must outlive its operations and must not be moved while one is pending: before, cancel
 * them and wait for their handlers.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe. The program must see to it that all operations are performed within
 * the same implicit or explicit strand, the handlers' executors included.
 *
 * @par Exceptions
 * Of an operation: `std::bad_alloc`, and what the token's own machinery throws. If that happens in
 * a connect, or its handler dies without being called because an execution context is gone, the
 * stream has failed, and the operations that waited end with `asio::error::operation_aborted`.
 *
 * @par Example
 * @code
 * asio::awaitable<void> shake_hands(std::string host, asio::ssl::context& tls)
 * {
 *   const auto executor = co_await asio::this_coro::executor;
 *   asio::ssl::stream<connectex::lazy_connect_stream<>> stream(executor, tls);
 *   stream.next_layer().connect_on_write(host, "https");
 *   co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
 * } @endcode
 *
 * @par Source
 * Microsoft's page on LPFN_CONNECTEX, whose send buffer the first write becomes; RFC 7413, section
 * 6.3.2, for TLS in a SYN.
 */
template <typename NextLayer = boost::asio::ip::tcp::socket>
class lazy_connect_stream
{
  using core_type = detail::lazy_connect_core<NextLayer>;
  using socket_type = typename core_type::socket_type;

  template <typename OtherNextLayer>
  static constexpr bool can_take_over = std::is_convertible_v<OtherNextLayer&&, NextLayer>&&
      std::is_same_v<typename socket_type::endpoint_type,
          typename lazy_connect_stream<OtherNextLayer>::endpoint_type>;

public:
  /// The type of the next layer.
  using next_layer_type = typename core_type::next_layer_type;

  /// The type of the socket's lowest layer.
  using lowest_layer_type = typename socket_type::lowest_layer_type;

  /// The type of the endpoints that the stream can connect to.
  using endpoint_type = typename socket_type::endpoint_type;

  /// The type of the executor.
  using executor_type = typename next_layer_type::executor_type;

  /// The same stream over the next layer with another executor.
  template <typename Executor1>
  struct rebind_executor
  {
    /// The type of it.
    using other =
        lazy_connect_stream<typename next_layer_type::template rebind_executor<Executor1>::other>;
  };

  /// Constructs a stream that is not armed.
  /**
   * @param args What the next layer is constructed from: an executor or an execution context, or a
   * socket.
   */
  template <typename... Args,
      std::enable_if_t<std::is_constructible_v<NextLayer, Args...>, int> = 0>
  explicit lazy_connect_stream(Args&&... args) : core_(std::in_place, std::forward<Args>(args)...)
  {
  }

  /// Move-constructs a stream from one over a next layer of another type; if that is armed, so is
  /// this.
  /**
   * @param other The other stream, which is not armed afterwards. No operation is pending on it.
   */
  template <typename OtherNextLayer, std::enable_if_t<can_take_over<OtherNextLayer>, int> = 0>
  lazy_connect_stream(lazy_connect_stream<OtherNextLayer>&& other)
    : core_(std::in_place, std::forward<OtherNextLayer>(other.core_.next_layer))
  {
    core_.take_plan(other.core_);
  }

  /// The executor of the next layer.
  executor_type get_executor() noexcept { return core_.next_layer.get_executor(); }

  /// The next layer. While the stream connects, it may be used only for `cancel()` and `close()`,
  /// which end a connect as far as they end an async_connect_ex. During a look-up they do nothing:
  /// the stream connects all the same.
  next_layer_type& next_layer() noexcept { return core_.next_layer; }

  /// The next layer.
  const next_layer_type& next_layer() const noexcept { return core_.next_layer; }

  /// The lowest layer of the socket.
  lowest_layer_type& lowest_layer() noexcept { return core_.socket().lowest_layer(); }

  /// The lowest layer of the socket.
  const lowest_layer_type& lowest_layer() const noexcept { return core_.socket().lowest_layer(); }

  /// Arms the stream: its first write or read connects to an endpoint, as async_connect_ex does.
  /**
   * A stream that is armed already forgets what it was armed with. To connect again after a failure
   * or a disconnection, close the next layer and arm the stream anew.
   *
   * @param peer The endpoint to connect to. A copy is made.
   *
   * @param options How to go about it. A copy is made; connect_options::report and what the
   * functions in the options refer to must stay valid until the operation that connects is over.
   * The time limits start with that operation and end with the connect; connect_options::prepare is
   * the place for socket options, because the socket may not be open before.
   *
   * @par State of the Socket on Failure
   * It is closed if the connect had opened it. Otherwise it stays open, and must be closed before
   * another connect where async_connect_ex says so.
   *
   * @par Errors
   * The operation that begins the connect, and those that wait for it, end with the errors of
   * async_connect_ex. Armed while it is connected, the stream fails with
   * `asio::error::already_connected`, and the connection is left alone.
   *
   * @par Exceptions
   * `boost::system::system_error` with `asio::error::already_started` while a connect is under way,
   * which goes on; `std::bad_alloc`. The stream stays as it was.
   *
   * @par Example
   * @code
   * asio::awaitable<void> ask(tcp::endpoint peer, std::string& answer)
   * {
   *   connectex::lazy_connect_stream<> stream(co_await asio::this_coro::executor);
   *   stream.connect_on_write(peer);
   *   co_await asio::async_write(stream, asio::buffer("PING\r\n", 6), asio::use_awaitable);
   *   co_await asio::async_read_until(
   *       stream, asio::dynamic_buffer(answer), '\n', asio::use_awaitable);
   * } @endcode
   */
  void connect_on_write(const endpoint_type& peer, const connect_options& options = {})
  {
    arm(peer, options);
  }

  /// Arms the stream: its first write or read connects to one of several endpoints.
  /**
   * What is said of the form for one endpoint holds, but for the state of the socket and the error
   * of a stream that is connected. So does what the form of async_connect_ex for several endpoints
   * says of a race: the bytes of the first write go to one endpoint only.
   *
   * @param endpoints The endpoints to try: any sequence whose elements convert to the socket's
   * endpoint, such as the results of a resolver. A copy is made.
   *
   * @param options How to go about it.
   *
   * @par State of the Socket on Failure
   * It is closed. One that was open before stays as it was.
   *
   * @par Errors
   * As of the form for one endpoint; but `asio::error::already_open` if the socket is open, whether
   * it is connected or not.
   */
  template <typename EndpointSequence,
      std::enable_if_t<detail::is_endpoint_sequence<EndpointSequence, endpoint_type>, int> = 0>
  void connect_on_write(const EndpointSequence& endpoints, const connect_options& options = {})
  {
    arm(detail::endpoint_list<endpoint_type>(endpoints), options);
  }

  /// Arms the stream: its first write or read connects to a host by its name.
  /**
   * All that is said of the form for several endpoints holds. The look-up, too, begins with the
   * first write or read. The socket must be one of TCP.
   *
   * @param host The name, or an address. A copy is made.
   *
   * @param service The port, or the name of a service. A copy is made.
   *
   * @param options How to go about it.
   */
  void connect_on_write(
      std::string_view host, std::string_view service, const connect_options& options = {})
  {
    static_assert(core_type::takes_names,
        "lazy_connect_stream connects to a host by its name over a TCP socket only");
    if constexpr (core_type::takes_names)
      arm(detail::host_and_service{std::string(host), std::string(service)}, options);
  }

  /// @cond

  // Takes the calls with a mistake in them.
  template <typename... Arguments,
      typename Mistake = detail::wrong_lazy_call<typename socket_type::protocol_type, Arguments...>>
  auto connect_on_write(const Arguments&...)
  {
    return Mistake::explain();
  }

  /// @endcond

  /// Writes some bytes; if the stream is armed, connects with them.
  /**
   * @param buffers The bytes to write. A write that connects hands over at most 65,535 of them, so
   * that it cannot last longer than the peer takes to accept: use `asio::async_write` to write all.
   * A copy of the sequence is made, but not of the bytes, which must stay valid and unchanged until
   * the handler is called.
   *
   * @param token The completion token, which defaults from the stream's executor. Its handler is
   * called as
   * @code void handler(
   *   const boost::system::error_code& error, // Result of the operation.
   *   std::size_t bytes_transferred           // Bytes handed to the transport.
   * ); @endcode
   *
   * @par Object Lifetimes
   * The stream, the memory of the buffers, and what connect_on_write() says of its options must
   * stay valid until the handler is called.
   *
   * @par Completion Signature
   * @code void(boost::system::error_code, std::size_t) @endcode
   *
   * @par State of the Stream on Failure
   * If the connect has failed, the stream has, too; connect_on_write() says in which state the
   * socket is. If a transfer has failed, the stream is connected as far as the next layer is.
   *
   * @par Executor
   * The handler is called on its associated executor, or on the stream's if it has none; on its
   * associated immediate executor as async_connect_ex says. Where the handler's executor does not
   * convert to `asio::any_io_executor`, as that of an `asio::any_completion_handler`, a connect
   * that the operation begins runs on the stream's executor, and its end is told as if by post. The
   * stream's executor must convert.
   *
   * @par Per-Operation Cancellation
   * While the stream connects, `cancellation_type::terminal`, `partial` and, until the first byte
   * was handed over, `total`. Of the operation that has begun the connect they end the connect, and
   * those that wait for it end with `asio::error::operation_aborted` too; of one that waits they
   * end it alone. On a connected stream those of the next layer. `asio::async_write` passes on
   * `terminal` and `partial` only.
   *
   * @par Errors
   * Those of async_connect_ex if this operation connects or waits for the connect;
   * `asio::error::not_connected` after a connect that has failed; else those of the next layer.
   */
  template <typename ConstBufferSequence,
      BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
          WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some(const ConstBufferSequence& buffers, WriteToken&& token = WriteToken())
      -> decltype(boost::asio::async_initiate<WriteToken,
          void(boost::system::error_code, std::size_t)>(
          std::declval<detail::initiate_lazy_transfer<core_type, detail::write_transfer>>(), token,
          buffers))
  {
    return boost::asio::async_initiate<WriteToken, void(boost::system::error_code, std::size_t)>(
        detail::initiate_lazy_transfer<core_type, detail::write_transfer>(core_), token, buffers);
  }

  /// Reads some bytes; if the stream is armed, connects first, without data.
  /**
   * All that is said of async_write_some() about handlers, lifetimes, cancellation and errors
   * holds. A read that has begun the connect and is cancelled when the connection stands already
   * ends in `asio::error::operation_aborted`, and the stream is connected.
   *
   * @param buffers Where to put the bytes. A copy of the sequence is made; the memory must stay
   * valid until the handler is called.
   *
   * @param token The completion token.
   *
   * @par Completion Signature
   * @code void(boost::system::error_code, std::size_t) @endcode
   */
  template <typename MutableBufferSequence,
      BOOST_ASIO_COMPLETION_TOKEN_FOR(void(boost::system::error_code, std::size_t))
          ReadToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_read_some(const MutableBufferSequence& buffers, ReadToken&& token = ReadToken())
      -> decltype(boost::asio::async_initiate<ReadToken,
          void(boost::system::error_code, std::size_t)>(
          std::declval<detail::initiate_lazy_transfer<core_type, detail::read_transfer>>(), token,
          buffers))
  {
    return boost::asio::async_initiate<ReadToken, void(boost::system::error_code, std::size_t)>(
        detail::initiate_lazy_transfer<core_type, detail::read_transfer>(core_), token, buffers);
  }

  /// Writes some bytes and waits until it is done; if the stream is armed, connects with them, as
  /// connect_ex does.
  /**
   * @param buffers The bytes to write. A write that connects hands over at most 65,535 of them.
   *
   * @param ec Set to the error, or to none.
   *
   * @returns The number of bytes handed to the transport.
   *
   * @par Errors
   * Those of connect_ex if this call connects. `asio::error::in_progress` while an asynchronous
   * operation connects, `asio::error::not_connected` after a connect that has failed. Otherwise
   * those of the next layer.
   */
  template <typename ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, boost::system::error_code& ec)
  {
    if (!core_.plan)
      return core_.next_layer.write_some(buffers, ec);
    ec = {};
    return boost::asio::buffer_size(buffers) == 0 ? 0 : core_.connect_and_wait(buffers, ec);
  }

  /// Writes some bytes and waits until it is done; throws
  /// `boost::system::system_error`.
  /**
   * @param buffers The bytes to write.
   *
   * @returns The number of bytes handed to the transport.
   *
   * @par Exceptions
   * `boost::system::system_error` with the errors of the form with an error code.
   */
  template <typename ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers)
  {
    boost::system::error_code ec;
    const std::size_t written = write_some(buffers, ec);
    throw_if(ec, "write_some");
    return written;
  }

  /// Reads some bytes and waits until there are any; if the stream is armed, connects first,
  /// without data.
  /**
   * @param buffers Where to put the bytes.
   *
   * @param ec Set to the error, or to none.
   *
   * @returns The number of bytes read.
   *
   * @par Errors
   * As of write_some().
   */
  template <typename MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers, boost::system::error_code& ec)
  {
    ec = {};
    if (core_.plan && boost::asio::buffer_size(buffers) == 0)
      return 0;
    if (core_.plan)
      core_.connect_and_wait(detail::no_first_flight(), ec);
    return ec ? 0 : core_.next_layer.read_some(buffers, ec);
  }

  /// Reads some bytes and waits until there are any; throws
  /// `boost::system::system_error`.
  /**
   * @param buffers Where to put the bytes.
   *
   * @returns The number of bytes read.
   *
   * @par Exceptions
   * `boost::system::system_error` with the errors of the form with an error code.
   */
  template <typename MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers)
  {
    boost::system::error_code ec;
    const std::size_t read = read_some(buffers, ec);
    throw_if(ec, "read_some");
    return read;
  }

private:
  template <typename OtherNextLayer>
  friend class lazy_connect_stream;

  template <typename Target>
  void arm(Target&& target, const connect_options& options)
  {
    if (core_.is_connecting())
      throw_if(boost::asio::error::already_started, "connect_on_write");
    core_.arm(std::forward<Target>(target), options);
  }

  static void throw_if(const boost::system::error_code& ec, const char* function)
  {
    if (ec)
      boost::throw_exception(boost::system::system_error(ec, function), BOOST_CURRENT_LOCATION);
  }

  core_type core_;
};

} // namespace connectex

#endif // CONNECTEX_LAZY_CONNECT_STREAM_HPP
