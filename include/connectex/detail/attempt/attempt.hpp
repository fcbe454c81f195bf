// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_ATTEMPT_HPP
#define CONNECTEX_DETAIL_ATTEMPT_ATTEMPT_HPP

// An attempt is one connect on one socket. The ways to make one, connect_ex_attempt, linux_attempt
// and generic_attempt, have one shape, so that whatever drives an attempt can drive each of them.
// An attempt is a small movable object in the operation that drives it; its members are what it has
// to remember between its steps. It has
//
//   using immediate_wait
//     A wait that is over at once and leads through the handler's executor.
//   static constexpr bool can_disconnect
//     Whether disconnect() can work on this system.
//   template <typename Protocol> static constexpr bool connects_all
//     Whether this way can connect each socket of that protocol.
//   static auto find(Op&)
//     How this way can connect the operation's socket, in a form that start() takes; false if it
//     cannot.
//   void prepare(Op&, bool known_unbound)
//     Called once for each socket, when it was opened or found open: sets what must be set before a
//     connect. known_unbound: the operation has opened it, and nothing can have bound it.
//   std::optional<attempt_result> start(Op&, found)
//     Begins. Gives the result if it is over at once. Otherwise it has called Op::await and gives
//     nothing; the operation, and this object with it, has moved away.
//   std::optional<attempt_result> resume(Op&, const error_code&, std::size_t)
//     Goes on when what was awaited has ended. Gives the result, or awaits again, as start() does.
//   bool disconnect(Op&, const error_code&)
//     Called with the attempt's error when it has failed. Makes the system forget the connect that
//     the attempt has begun. False if it had begun none, or if the system cannot forget it. If
//     true, the socket can connect again, but is no longer bound to a port that the system had
//     chosen.
//   static std::optional<wait_result> write(Op&)
//     Once the connection stands, writes the next bytes of the flight, which it does not consume.
//     Gives the result if it is over at once. Otherwise it has called Op::await and gives nothing;
//     what has been written when the wait ends, if anything, is the result of the wait.
//
// The system's own way, where it cannot connect every socket, also has set_in_use() and
// is_in_use(): whether it serves the attempt in progress, or Asio's connect does. It keeps that in
// memory that it has to spare.
//
// The operation is any class with
//
//   socket()               the socket, as an Asio object
//   handle()               its native handle when it was opened or found open
//   is_closed()            whether the caller has closed the socket since
//   peer()                 the endpoint to connect to
//   flight()               the first flight, of which nothing has been handed over when the attempt
//                          starts; the attempt consumes what it has handed over
//   options()              the connect_options, the default ones if the caller gave none
//   may_retry()            whether a failure of this attempt could be followed by another attempt
//   has_time_limit()       whether a time limit may end this attempt
//   may_block()            whether a system call may keep the thread until the connect is over
//   has_report()           whether a report is being written
//   record_fast_open(e)    notes why fast open could not be asked for, or no error if it could
//   await(wait)            starts a wait of await.hpp or of the attempt's own, or begins it if the
//                          calling thread is to wait; may end the operation instead, if it was
//                          asked to stop

#include <connectex/detail/asio_platform.hpp>
#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/attempt/connect_ex_attempt.hpp>
#include <connectex/detail/attempt/generic_attempt.hpp>
#include <connectex/detail/attempt/linux_attempt.hpp>
#include <connectex/detail/decide/attempt_result.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace connectex::detail
{

// The one place where the system's own way is chosen.
#if CONNECTEX_DETAIL_HAS_CONNECT_EX
using native_attempt = connect_ex_attempt;
#elif CONNECTEX_DETAIL_LINUX
using native_attempt = linux_attempt;
#else
using native_attempt = generic_attempt;
#endif

/// The system's own way where it serves the socket, and Asio's connect otherwise.
class system_attempt
{
public:
  using immediate_wait = native_attempt::immediate_wait;

  static constexpr bool can_disconnect = native_attempt::can_disconnect;

  template <typename Op>
  void prepare(Op& op, bool known_unbound)
  {
    native_.prepare(op, known_unbound);
  }

  template <typename Op>
  std::optional<attempt_result> start(Op& op)
  {
    const auto found = native_attempt::find(op);
    if constexpr (!is_native<Op>)
    {
      native_.set_in_use(static_cast<bool>(found));
      if (!found)
        return generic_attempt::start(op, true);
    }
    return native_.start(op, found);
  }

  template <typename Op>
  std::optional<attempt_result> resume(
      Op& op, const boost::system::error_code& error, std::size_t bytes)
  {
    if constexpr (!is_native<Op>)
    {
      if (!native_.is_in_use())
        return generic_attempt::resume(op, error, bytes);
    }
    return native_.resume(op, error, bytes);
  }

  template <typename Op>
  bool disconnect(Op& op, const boost::system::error_code& error)
  {
    if constexpr (!is_native<Op>)
    {
      if (!native_.is_in_use())
        return generic_attempt::disconnect(op, error);
    }
    return native_.disconnect(op, error);
  }

  // Once the connection stands, it matters no more how it was made.

  template <typename Op>
  static std::optional<wait_result> write(Op& op)
  {
    return native_attempt::write(op);
  }

private:
  template <typename Op>
  using protocol_of = std::decay_t<decltype(std::declval<Op&>().peer().protocol())>;

  /// Whether Asio's connect is never needed, and so need not be compiled for each handler.
  template <typename Op>
  static constexpr bool is_native = native_attempt::template connects_all<protocol_of<Op>>;

  native_attempt native_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_ATTEMPT_HPP
