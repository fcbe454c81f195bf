// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WAITS_HPP
#define CONNECTEX_DETAIL_OPERATION_WAITS_HPP

#include <connectex/detail/attempt/blocking_wait.hpp>
#include <connectex/detail/decide/deadlines.hpp>

#include <optional>
#include <utility>

namespace connectex::detail
{

// The waits of an operation, besides those of its attempt: await.hpp describes the shape.

/// Waits until a time has come.
template <typename Timer>
struct time_wait
{
  template <typename Socket, typename Handler>
  void start(Socket& socket, Handler&& handler) const
  {
    timer.wait(socket.get_executor(), end, std::forward<Handler>(handler));
  }

  template <typename Socket>
  void begin(Socket&, blocking_wait& wait) const
  {
    wait.for_time(end);
  }

  template <typename Socket>
  std::optional<wait_result> finish(Socket&, blocking_wait&) const
  {
    return wait_result{};
  }

  Timer& timer;
  deadlines::time_point end;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WAITS_HPP
