// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_AND_WAIT_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_AND_WAIT_HPP

#include <connectex/connect_options.hpp>
#include <connectex/connect_report.hpp>
#include <connectex/detail/operation/blocking_race.hpp>
#include <connectex/detail/operation/connect_and_wait.hpp>
#include <connectex/detail/operation/connect_state.hpp>
#include <connectex/detail/operation/endpoint_sequence.hpp>
#include <connectex/detail/operation/race_arguments.hpp>
#include <connectex/detail/operation/race_candidates.hpp>
#include <connectex/detail/operation/race_op.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <utility>

namespace connectex::detail
{

/// Closes the socket of a call that was not successful, also one that an exception has ended.
template <typename Socket>
class close_on_failure
{
public:
  explicit close_on_failure(Socket& socket) noexcept : socket_(socket) {}

  close_on_failure(const close_on_failure&) = delete;
  close_on_failure& operator=(const close_on_failure&) = delete;

  ~close_on_failure()
  {
    boost::system::error_code ignored;
    if (!is_successful_)
      socket_.close(ignored);
  }

  void succeed() noexcept { is_successful_ = true; }

private:
  Socket& socket_;
  bool is_successful_ = false;
};

/// Runs a race on the calling thread.
template <typename Socket, typename Candidates, typename ConstBufferSequence>
std::size_t race_and_wait(Socket& socket, Candidates candidates, const ConstBufferSequence& buffers,
    const connect_options& options, boost::system::error_code& error)
{
  using flight_type = typename race_flight<ConstBufferSequence>::type;
  close_on_failure<Socket> guard(socket);
  race_op<Socket, Candidates, flight_type, no_handler, blocking_race> race(
      socket, std::move(candidates), to_flight(buffers), options, no_handler());
  race.run();
  error = race.error();
  if (!error)
    guard.succeed();
  return race.bytes_transferred();
}

/// A call that is refused leaves an empty report.
inline std::size_t refuse_race(const connect_options& options)
{
  if (options.report)
    *options.report = connect_report();
  return 0;
}

/// Connects to one of several endpoints on the calling thread.
/**
 * @param options Null: the defaults.
 *
 * @returns How many bytes of @p buffers were handed over.
 */
template <typename Socket, typename ConstBufferSequence>
std::size_t connect_and_wait(Socket& socket,
    const endpoint_list<typename Socket::endpoint_type>& endpoints,
    const ConstBufferSequence& buffers, const connect_options* options,
    boost::system::error_code& error)
{
  using endpoint_type = typename Socket::endpoint_type;
  const connect_options& effective = options ? *options : default_options;
  if ((error = find_refusal(socket, effective)))
    return refuse_race(effective);
  if (!endpoints.is_one())
    return race_and_wait(
        socket, given_endpoints<endpoint_type>(endpoints), buffers, effective, error);
  close_on_failure<Socket> guard(socket);
  const std::size_t sent = connect_and_wait(socket, *endpoints.first, buffers, options, error);
  if (!error)
    guard.succeed();
  return sent;
}

/// Connects to a name on the calling thread.
template <typename Socket, typename ConstBufferSequence>
std::size_t connect_and_wait(Socket& socket, const host_and_service& name,
    const ConstBufferSequence& buffers, const connect_options* options,
    boost::system::error_code& error)
{
  using candidates_type = looked_up_endpoints<typename Socket::executor_type>;
  const connect_options& effective = options ? *options : default_options;
  if ((error = find_refusal(socket, effective)))
    return refuse_race(effective);
  return race_and_wait(socket, candidates_type(name), buffers, effective, error);
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_AND_WAIT_HPP
