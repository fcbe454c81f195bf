// SPDX-License-Identifier: BSL-1.0

#include "plan.hpp"

#include "../support/random_source.hpp"
#include "../support/wine.hpp"

#include <ostream>

namespace test::stress
{

using boost::asio::cancellation_type;
using std::chrono::microseconds;

plan::plan(unsigned seed, unsigned number)
{
  random_source random(seed * 1000003 + number);
  const auto moment = [&] { return microseconds(random.one_in(3) ? 0 : random.below(400)); };

  peer = random.one_of(
      {peer_kind::accepting, peer_kind::accepting, peer_kind::refusing, peer_kind::silent});
  size = random.one_of<std::size_t>({0, 1, long_flight});
  strand = random.one_of({strand_use::none, strand_use::of_socket, strand_use::of_handler});
  opened_before = random.one_in(2);
  type = random.one_of(
      {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total});
  cancelled_by_driver = random.one_in(2);
  if (random.one_in(2))
    cancel_after = moment();

  // Only a strand keeps close() from meeting the operation. Wine 8.0 never completes a WSASend
  // whose socket is closed while it is half done.
  if (strand != strand_use::none && random.one_in(3) && !(under_wine() && size == long_flight))
    close_after = moment();

  has_report = random.one_in(2);
  has_options = !random.one_in(4);
  if (has_options)
  {
    options.retry.max_attempts = random.below(5);
    options.retry.backoff.initial = microseconds(50 * random.below(4));
    options.retry.backoff.max = microseconds(300);
    options.loopback_fast_fail = random.one_in(2);
    if (random.one_in(3))
      options.attempt_timeout = microseconds(1 + random.below(1000));
    if (random.one_in(3))
      options.total_timeout = microseconds(1 + random.below(2000));
  }

  // Something has to end it.
  const bool endless = peer == peer_kind::silent || options.retry.max_attempts == 0;
  if (endless && !is_stopped() && !options.total_timeout)
  {
    has_options = true;
    options.total_timeout = microseconds(1 + random.below(2000));
  }
}

std::ostream& operator<<(std::ostream& out, const plan& value)
{
  static constexpr const char* peers[] = {"accepting", "refusing", "silent"};
  static constexpr const char* strands[] = {"no strand", "socket's strand", "handler's strand"};
  const auto time = [&](const char* what, const auto& duration)
  {
    if (duration)
      out << ", " << what << ' ' << std::chrono::duration_cast<microseconds>(*duration).count()
          << " us";
  };
  out << peers[static_cast<int>(value.peer)] << " peer, " << value.size << " bytes, "
      << strands[static_cast<int>(value.strand)] << (value.opened_before ? ", opened before" : "");
  if (value.has_options)
    out << ", attempts " << value.options.retry.max_attempts;
  time("attempt_timeout", value.options.attempt_timeout);
  time("total_timeout", value.options.total_timeout);
  time(value.cancelled_by_driver ? "cancelled by its driver after" : "cancelled after",
      value.cancel_after);
  if (value.cancel_after)
    out << " (type " << static_cast<int>(value.type) << ')';
  time("closed after", value.close_after);
  return out;
}

} // namespace test::stress
