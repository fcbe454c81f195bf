// SPDX-License-Identifier: BSL-1.0

#include "support/catch.hpp"
#include "support/race.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <vector>

using namespace test;

namespace
{

error_code error_of(const std::vector<candidate>& candidates)
{
  const race_course result = race().run(candidates);
  CHECK(result.finished);
  CHECK(result.not_tried == 0);
  return result.error;
}

} // namespace

TEST_CASE("if all attempts fail, the error is that of the first in starting order")
{
  CHECK(error_of({fails(5, error::connection_refused)}) == error::connection_refused);
  CHECK(error_of({fails(5, error::host_unreachable), fails(5, error::connection_refused)})
      == error::host_unreachable);
  CHECK(error_of({fails(5, error::connection_refused), fails(5, error::timed_out)})
      == error::connection_refused);
}

TEST_CASE("if all attempts fail, the error does not depend on which of them fails last")
{
  std::vector<int> times = {100, 500, 900};
  do
  {
    CAPTURE(times);
    CHECK(error_of({fails(times[0], error::access_denied), fails(times[1], error::timed_out),
              fails(times[2], error::connection_refused)})
        == error::access_denied);
  } while (std::next_permutation(times.begin(), times.end()));
}

TEST_CASE("the order of the error is that of the starts, not that of the candidates")
{
  CHECK(error_of({fails(5, error::network_unreachable, v6), fails(5, error::timed_out, v6),
            fails(5, error::connection_refused, v4)})
      == error::connection_refused);
}

TEST_CASE("an address family that this machine does not speak hides no other error")
{
  const error_code missing = GENERATE(from_range(errors_of_missing_families()));
  CAPTURE(missing);
  CHECK(error_of({fails(0, missing, v6), refused(5)}) == error::connection_refused);
  CHECK(error_of({fails(0, missing, v6), refused(5), fails(0, missing, v6)})
      == error::connection_refused);
  CHECK(error_of({refused(5), fails(0, missing, v6)}) == error::connection_refused);
  CHECK(error_of({fails(0, missing), fails(0, missing), fails(900, error::timed_out)})
      == error::timed_out);
}

TEST_CASE("if no address family is spoken, the first error is reported")
{
  const std::vector<error_code> missing = errors_of_missing_families();
  for (const error_code& first : missing)
  {
    CHECK(error_of({fails(0, first)}) == first);
    for (const error_code& second : missing)
      CHECK(error_of({fails(0, first), fails(0, second)}) == first);
  }
}

TEST_CASE("an unreachable host is no missing family")
{
  const error_code ec = GENERATE(error_code(error::host_unreachable),
      error_code(error::network_down), error_code(error::timed_out),
      error_code(error::invalid_argument), error_code(error::operation_not_supported));
  CHECK(error_of({fails(0, ec), refused(5)}) == ec);
}

TEST_CASE("an attempt that was given up has timed out, however it ended")
{
  for (const candidate& given_up :
      {silent(), silent().connecting_too_late(), silent().closing_in(9)})
  {
    const race_course result = race(with_at_most(1)).run({given_up, refused(5)});
    CHECK(result.course.find("give up 0") != std::string::npos);
    CHECK(result.error == error::timed_out);
  }
}

TEST_CASE("an error that follows a delivery says so")
{
  // The first attempt carries the flight, and its peer has read it.
  CHECK(race(with_consent()).run({refused(5).delivering(), refused(5)}).error
      == after_delivery(error::connection_refused));
  CHECK(race(with_consent())
            .run({fails(5, error::network_unreachable).delivering(), fails(9, error::timed_out)})
            .error
      == after_delivery(error::timed_out));

  // So has the peer of an attempt alone.
  CHECK(race(with_flight()).run({fails(5, error::timed_out).delivering()}).error
      == after_delivery(error::timed_out));
  CHECK(race(with_flight()).run({fails(5, error::connection_reset).delivering()}).error
      == error::connection_reset);
  CHECK(race(with_flight()).run({refused(5), refused(5).delivering()}).error
      == after_delivery(error::connection_refused));

  // Nothing was delivered.
  CHECK(race(with_flight()).run({refused(5), refused(5)}).error == error::connection_refused);
  CHECK(race(with_consent()).run({refused(5), refused(5)}).error == error::connection_refused);
}

TEST_CASE("a connection that was given up too late has delivered what it carried")
{
  const candidate late = silent().connecting_too_late();
  const race_course result = race(with_consent(with_at_most(1))).run({late, refused(5)});
  CHECK(result.course == "0: start 0 with flight; 250: give up 0, start 1; 255: fail");
  CHECK(result.error == after_delivery(error::timed_out));
}
