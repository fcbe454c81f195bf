// SPDX-License-Identifier: BSL-1.0

#include "scripted.hpp"

#include "catch.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>

namespace test::scripted
{

calls without(calls all, call which)
{
  all.erase(std::remove(all.begin(), all.end(), which), all.end());
  return all;
}

bool is_before(const calls& all, call first, call second)
{
  return std::find(all.begin(), all.end(), first) < std::find(all.begin(), all.end(), second);
}

error_code to_error_code(native_error number)
{
  return {static_cast<int>(number), boost::system::system_category()};
}

script fail(call which, native_error number)
{
  return [=](call now, std::size_t) { return now == which ? number : let_it_happen; };
}

script succeed(call which) { return fail(which, 0); }

script answer_in_turn(call which, std::vector<native_error> numbers)
{
  return [which, numbers = std::move(numbers), answered = std::size_t(0)](
             call now, std::size_t) mutable
  { return now == which && answered != numbers.size() ? numbers[answered++] : let_it_happen; };
}

script either(script first, script second)
{
  return [first = std::move(first), second = std::move(second)](call which, std::size_t index)
  {
    const std::optional<native_error> answer = first ? first(which, index) : let_it_happen;
    return answer || !second ? answer : second(which, index);
  };
}

connect_options retrying(unsigned max_attempts)
{
  connect_options options;
  options.retry.max_attempts = max_attempts;
  options.retry.backoff.initial = 0ms;
  return options;
}

connect_options retrying_if(std::function<bool(const error_code&)> wanted, unsigned max_attempts)
{
  connect_options options = retrying(max_attempts);
  options.retry.predicate = [wanted = std::move(wanted)](const connectex::connect_attempt& attempt)
  { return wanted(attempt.error); };
  return options;
}

connect_options retrying_everything(unsigned max_attempts)
{
  return retrying_if([](const error_code&) { return true; }, max_attempts);
}

void prepare_by(connect_options& options, std::function<void(error_code&)> function)
{
  options.prepare = [function = std::move(function)](connectex::opened_socket&, error_code& error)
  { function(error); };
}

scripted_connect::scripted_connect(situation given)
  : pieces_(given.pieces),
    flight(pattern(given.size)),
    options(std::move(given.options)),
    session(std::move(given.answers))
{
  options.report = &report;
  if (given.elsewhere)
    peer = *given.elsewhere;
  else if (given.peer == peer_kind::listening)
    peer = server_.emplace(context, given.local).endpoint();
  else if (given.peer == peer_kind::refusing)
    peer = nobody_.emplace(context, given.local).endpoint();
  else
    peer = full_.emplace(context).endpoint();

  if (given.socket != socket_state::closed)
    socket.open(peer.protocol());
  if (given.socket == socket_state::bound)
    socket.bind(given.local);
}

scripted_connect::~scripted_connect()
{
  close();
  context.restart();
  context.run_for(limit);
  CHECK(context.stopped());
}

void scripted_connect::start_without_options()
{
  async_connect_ex(socket, peer, split(flight, pieces_), result.handler());
}

void scripted_connect::block()
{
  ++result.calls;
  result.bytes_transferred =
      connectex::connect_ex(socket, peer, split(flight, pieces_), options, result.error);
  handle_ = handle();
}

void scripted_connect::run()
{
  start();
  await();
}

void scripted_connect::close()
{
  error_code ignored;
  socket.close(ignored);
  if (server_)
    server_->visit();
}

const std::string& scripted_connect::received()
{
  close();
  test::run(context);
  return server_->received();
}

} // namespace test::scripted
