// SPDX-License-Identifier: BSL-1.0

// What the tests under a script are made of.

#ifndef CONNECTEX_TEST_SUPPORT_SCRIPTED_HPP
#define CONNECTEX_TEST_SUPPORT_SCRIPTED_HPP

#include "loopback.hpp"
#include "scripted_system.hpp"

#include <connectex/async_connect_ex.hpp>
#include <connectex/connect_ex.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace test::scripted
{

using namespace std::chrono_literals;
using asio::cancellation_type;
using connectex::async_connect_ex;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;
using connectex::reopen_policy;

using calls = std::vector<call>;

/// The same calls but those of one name.
calls without(calls all, call which);

bool is_before(const calls& all, call first, call second);

error_code to_error_code(native_error number);

// Scripts

inline constexpr std::optional<native_error> let_it_happen;

/// Fails each call of one name.
script fail(call which, native_error number);

/// Says of each call of one name that it has succeeded, without making it.
script succeed(call which);

/// Answers the calls of one name by turns, and then lets them happen.
script answer_in_turn(call which, std::vector<native_error> numbers);

/// The answer of the first script that has one.
script either(script first, script second);

// Options

/// Retries without a wait; 0 attempts are any number.
connect_options retrying(unsigned max_attempts);

/// Retries what @p wanted says.
connect_options retrying_if(
    std::function<bool(const error_code&)> wanted, unsigned max_attempts = 0);

connect_options retrying_everything(unsigned max_attempts = 0);

void prepare_by(connect_options& options, std::function<void(error_code&)> function);

/// Makes a socket that the operation opens one of which TCP_FASTOPEN_CONNECT may have been set.
inline void let_connect_be_deferred(connect_options& options)
{
  prepare_by(options, [](error_code&) {});
}

// Operations

enum class socket_state
{
  closed,
  open,
  bound
};

enum class peer_kind
{
  listening,
  refusing,
  full
};

/// From what an operation starts.
struct situation
{
  peer_kind peer = peer_kind::listening;

  /// Where the server listens.
  tcp::endpoint local = loopback_v4();

  /// What to connect to in place of a server.
  std::optional<tcp::endpoint> elsewhere = std::nullopt;

  socket_state socket = socket_state::closed;

  /// The first flight's bytes and buffers.
  std::size_t size = 5;
  std::size_t pieces = 1;

  connect_options options = {};
  script answers = {};
};

/// An operation under a script, and everything that it needs.
/**
 * The script answers until the object is destroyed. Then nothing may be left to do.
 */
class scripted_connect
{
public:
  explicit scripted_connect(situation given = {});
  ~scripted_connect();

  scripted_connect(const scripted_connect&) = delete;
  scripted_connect& operator=(const scripted_connect&) = delete;

  /// Calls the initiating function.
  void start() { start(asio::bind_cancellation_slot(signal.slot(), result.handler())); }

  template <typename Handler>
  void start(Handler handler)
  {
    async_connect_ex(socket, peer, split(flight, pieces_), options, std::move(handler));
    handle_ = handle();
  }

  /// The same by the overload that takes no options.
  void start_without_options();

  /// Connects by the blocking call, which leaves the execution context nothing to run.
  void block();

  /// Connects by the blocking call, or by the asynchronous one, which is run to its end.
  void connect(bool blocks) { blocks ? block() : run(); }

  /// Runs until the handler has been called.
  void await() { result.await(context); }

  void run();

  /// Ends what the server reads, too.
  void close();

  /// What the server has read; closes the socket.
  const std::string& received();

  /// Whether the socket is still the one that it was when the initiating function returned.
  bool has_kept_its_handle() { return handle() == handle_; }

private:
  using native_socket = connectex::detail::native_socket;

  native_socket handle() { return static_cast<native_socket>(socket.native_handle()); }

  std::size_t pieces_;
  native_socket handle_ = 0;

public:
  const std::string flight;
  asio::io_context context;
  tcp::socket socket{context};
  tcp::endpoint peer;
  connect_report report;
  connect_options options;
  asio::cancellation_signal signal;
  outcome result;

private:
  std::optional<sink> server_;
  std::optional<refusing_port> nobody_;
  std::optional<full_listener> full_;

public:
  scripted::session session;
};

} // namespace test::scripted

#endif // CONNECTEX_TEST_SUPPORT_SCRIPTED_HPP
