// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_STRESS_LAZY_STREAM_MODEL_HPP
#define CONNECTEX_TEST_STRESS_LAZY_STREAM_MODEL_HPP

#include "../support/asio_names.hpp"
#include "../support/wine.hpp"

#include <connectex/connect_options.hpp>
#include <connectex/detail/platform.hpp>
#include <connectex/error.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace test::stress
{

inline constexpr std::size_t most_in_connect = 65535;

enum class peer_kind
{
  good,
  refusing,
  silent
};

enum class target_form
{
  endpoint,
  endpoints,
  name
};

enum class plan_state
{
  armed,
  connecting,
  under_way, // Connecting or connected: nothing has told yet.
  connected,
  failed
};

/// What the stream was armed with, and how far that has come.
struct planned_connect
{
  /// Whether the connect may end so.
  bool allows(const error_code& ended) const
  {
    if (is_stopped && ended == asio::error::operation_aborted)
      return true;
    // A limit that is used up before the attempt ends it first.
    if (ended == connectex::condition::timed_out)
      return options.total_timeout.has_value();
    if (was_open)
      return ended
          == (form == target_form::endpoint ? asio::error::already_connected
                                            : error_code(asio::error::already_open));
    // On Windows itself a full backlog refuses.
    if (ended == asio::error::connection_refused)
      return peer == peer_kind::refusing
          || (CONNECTEX_DETAIL_WINDOWS && !under_wine() && peer == peer_kind::silent);
    return !ended && peer == peer_kind::good;
  }

  target_form form = target_form::endpoint;
  peer_kind peer = peer_kind::good;
  connectex::connect_options options;
  connectex::connect_report report;
  plan_state state = plan_state::armed;
  error_code error; // Of the connect that has failed.
  bool was_open = false;
  bool is_stopped = false;
  bool is_told = false; // A write that has begun it has ended, after those that waited began.
  bool is_superseded = false; // The stream was armed again after this.
};

enum class transfer_role
{
  forwarded,
  empty, // Answered by the stream itself.
  unclear, // Empty, and under way: one of both.
  refused, // After a connect that has failed.
  posted, // A read of an armed stream.
  owner,
  waiting
};

/// A read or write.
struct transfer
{
  /// What is wrong with its end; empty if it may end so.
  std::string object_to(const error_code& ended, std::size_t count) const
  {
    if (count > memory.size() || (!ended && count == 0 && !memory.empty()))
      return "an impossible count of bytes";
    if (role == transfer_role::owner)
      return object_to_owner(ended, count);
    if (ended && count != 0)
      return "bytes and an error";
    return may_end(ended) ? "" : "an end that does not follow from what was done";
  }

  /// The error by which a transfer on the connection itself may end.
  bool may_fail(const error_code& ended) const
  {
    return is_closed || ((is_cancelled || is_disturbed) && ended == asio::error::operation_aborted);
  }

  bool may_end(const error_code& ended) const
  {
    switch (role)
    {
    case transfer_role::empty:
      return !ended;
    case transfer_role::unclear:
      return !ended || may_fail(ended);
    case transfer_role::refused:
      return ended == asio::error::not_connected;
    case transfer_role::forwarded:
      return ended ? may_fail(ended) : was_linked;
    default:
      break;
    }
    if (must_abort)
      return ended == asio::error::operation_aborted;
    if (is_cancelled && ended == asio::error::operation_aborted)
      return true;
    if (plan->state == plan_state::failed)
      return ended == plan->error;
    if (plan->state == plan_state::armed || plan->state == plan_state::connecting)
      return false;
    return !ended || may_fail(ended)
        || (plan->is_superseded && ended == asio::error::operation_aborted);
  }

  std::string object_to_owner(const error_code& ended, std::size_t count) const
  {
    if (!is_write && plan->allows({}) && (!ended || may_fail(ended)))
      return {};
    if (!plan->allows(ended))
      return "an end of the connect that does not follow from what was done";
    if (!is_write || ended)
      return {};
    const connectex::connect_report& report = plan->report;
    if (count != (std::min)(memory.size(), most_in_connect) && CONNECTEX_DETAIL_WINDOWS)
      return "fewer bytes than one connect takes";
    if (count > most_in_connect || report.first_flight == connectex::first_flight_path::none)
      return "the bytes did not ride";
    const bool is_one = plan->form == target_form::endpoint;
    if (is_one && report.attempts.size() != 1)
      return "more than one attempt";
    if (is_one && CONNECTEX_DETAIL_WINDOWS && report.bytes_in_connect != count)
      return "the bytes did not ride in ConnectEx";
    return {};
  }

  /// Whether it ends without being cancelled.
  bool is_due() const
  {
    switch (role)
    {
    case transfer_role::forwarded:
      return is_write || memory.empty() || is_closed;
    case transfer_role::owner:
      return is_write && plan->peer != peer_kind::silent;
    case transfer_role::waiting:
      return must_abort || plan->state == plan_state::failed
          || (is_write && plan->state == plan_state::connected);
    default:
      return true;
    }
  }

  /// How many of its bytes the peer may have got if it has ended so.
  std::size_t most_delivered(const error_code& ended, std::size_t count) const
  {
    if (!ended || !is_write)
      return count;
    if (role == transfer_role::owner)
      return count != 0 || plan->report.maybe_delivered ? memory.size() : 0;
    // What Windows has begun to send may be sent in spite of its cancellation.
    const bool is_begun = role == transfer_role::forwarded
        || (role == transfer_role::waiting && !must_abort && plan->state != plan_state::failed);
    return CONNECTEX_DETAIL_WINDOWS && is_begun ? memory.size() : 0;
  }

  std::size_t number;
  bool is_write;
  std::string memory;
  std::shared_ptr<planned_connect> plan; // Null if there was none.
  transfer_role role = transfer_role::forwarded;
  asio::cancellation_signal signal;
  bool was_linked = false; // The socket was connected when it was started.
  bool must_abort = false; // Cancelled while it waited.
  bool is_cancelled = false;
  bool is_disturbed = false; // By cancel() of the lowest layer.
  bool is_closed = false; // By close() of the lowest layer.
  int calls = 0;
  std::size_t least = 0; // Bytes that the peer gets.
  std::size_t most = 0;
};

} // namespace test::stress

#endif // CONNECTEX_TEST_STRESS_LAZY_STREAM_MODEL_HPP
