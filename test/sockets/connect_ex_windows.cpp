// SPDX-License-Identifier: BSL-1.0

#include <connectex/connect_ex.hpp>
#include <connectex/error.hpp>

#include "support/loopback.hpp"

#include <chrono>
#include <string>

namespace
{

using namespace test;
using namespace std::chrono_literals;
using connectex::connect_ex;
using connectex::connect_options;

/// Counts how often it is run, on the thread that has made it.
class procedure_call
{
public:
  procedure_call()
  {
    const auto queued =
        ::QueueUserAPC(count, ::GetCurrentThread(), reinterpret_cast<ULONG_PTR>(this));
    REQUIRE(queued != 0);
  }

  ~procedure_call() { run_queued(); }

  procedure_call(const procedure_call&) = delete;
  procedure_call& operator=(const procedure_call&) = delete;

  static void run_queued() { ::SleepEx(0, TRUE); }

  int runs() const { return runs_; }

private:
  // A lambda does not serve: a 32-bit program calls it by another convention.
  static void CALLBACK count(ULONG_PTR self) { ++reinterpret_cast<procedure_call*>(self)->runs_; }

  int runs_ = 0;
};

void check_still_queued(const procedure_call& queued)
{
  CHECK(queued.runs() == 0);
  procedure_call::run_queued();
  CHECK(queued.runs() == 1);
}

} // namespace

TEST_CASE("an asynchronous procedure call is not run while a ConnectEx is waited for")
{
  asio::io_context context;
  tcp::socket socket(context);
  connect_options options;
  error_code error;
  SECTION("that succeeds")
  {
    const tcp::acceptor acceptor(context, loopback_v4());
    const procedure_call queued;
    CHECK(connect_ex(socket, acceptor.local_endpoint(), asio::buffer(greeting), options)
        == greeting.size());
    check_still_queued(queued);
  }
  SECTION("that is refused, nor while the next attempt is")
  {
    const refusing_port refusing(context);
    options.retry.max_attempts = 2;
    options.retry.backoff = {20ms, 1.0, 20ms, 0.0};
    const procedure_call queued;
    connect_ex(socket, refusing.endpoint(), asio::buffer(greeting), options, error);
    CHECK(error == asio::error::connection_refused);
    check_still_queued(queued);
  }
  SECTION("that its limit ends")
  {
    const full_listener silent(context);
    options.attempt_timeout = 50ms;
    const procedure_call queued;
    connect_ex(socket, silent.endpoint(), asio::buffer(greeting), options, error);
    CHECK(error == asio::error::timed_out);
    check_still_queued(queued);
  }
}
