// SPDX-License-Identifier: BSL-1.0

#include "every_call_fails.hpp"

#include "support/windows_numbers.hpp"

namespace test::scripted::every_call_fails_windows_tests
{

namespace
{

void check_success(const ending& seen)
{
  CHECK(seen.result.is_success(flight_of_two_buffers.size()));
  CHECK((seen.received == flight_of_two_buffers));
}

} // namespace

TEST_CASE("each system call fails in turn, and each time the operation ends well")
{
  const calls all = calls_of_success();
  for (std::size_t failing = 0; failing != all.size(); ++failing)
  {
    CAPTURE(failing, all[failing]);
    const ending seen = connect_under(fail_at(failing, winsock::no_buffer_space));
    CAPTURE(seen.result);
    switch (all[failing])
    {
    case call::get_connect_ex:
      // A provider without ConnectEx is no failure.
      check_success(seen);
      CHECK(seen.report.first_flight == first_flight_path::after_connect);
      CHECK(seen.count(call::connect_ex) == 0);
      CHECK(seen.count(call::bind_to_wildcard) == 0);
      break;

    case call::get_no_delay:
      // A socket of another protocol is asked what kind it is.
      check_success(seen);
      CHECK(seen.count(call::get_socket_kind) == 1);
      break;

    case call::get_local_address:
    case call::set_reuse_unicast_port:
      // A socket that is not known to be bound is bound, and no port has to be shared.
      check_success(seen);
      CHECK(seen.made == all);
      break;

    default:
      const std::size_t handed_over = all[failing] == call::update_connect_context ? 65535 : 0;
      CHECK(seen.result.is(asio::error::no_buffer_space, handed_over));
      CHECK(seen.report.bytes_in_connect == handed_over);
      CHECK(seen.made.size() == failing + 1);
    }
  }
}

TEST_CASE("WSAEINVAL from bind is an error if getsockname has not shown a local port")
{
  const native_error answer_of_getsockname = GENERATE(0u, winsock::network_down);
  const ending seen = connect_under(either(fail(call::bind_to_wildcard, winsock::invalid_argument),
                                        fail(call::get_local_address, answer_of_getsockname)),
      socket_state::bound);
  CHECK(seen.result.is(asio::error::invalid_argument, 0));
  CHECK(seen.count(call::get_local_address) == 1);
  CHECK(seen.count(call::connect_ex) == 0);
}

TEST_CASE("an error of the implicit bind is the operation's error")
{
  const native_error number =
      GENERATE(winsock::address_in_use, winsock::access_denied, winsock::address_not_available);
  CHECK(connect_under(fail(call::bind_to_wildcard, number)).result.is(to_error_code(number), 0));
}

TEST_CASE("a provider that answers without a function is one without ConnectEx")
{
  const ending seen = connect_under(succeed(call::get_connect_ex));
  check_success(seen);
  CHECK(seen.report.first_flight == first_flight_path::after_connect);
}

TEST_CASE("ConnectEx that fails at once completes with each code of its page")
{
  const native_error number = GENERATE(winsock::not_initialised, winsock::network_down,
      winsock::address_in_use, winsock::already_started, winsock::address_not_available,
      winsock::address_family_not_supported, winsock::connection_refused, winsock::fault,
      winsock::invalid_argument, winsock::already_connected, winsock::network_unreachable,
      winsock::host_unreachable, winsock::no_buffer_space, winsock::not_socket, winsock::timed_out);
  CAPTURE(number);
  const ending seen = connect_under(fail(call::connect_ex, number));
  CHECK(seen.result.is(to_error_code(number), 0));
  CHECK(seen.count(call::update_connect_context) == 0);
}

} // namespace test::scripted::every_call_fails_windows_tests
