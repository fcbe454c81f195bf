// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_WORK_GUARD_HPP
#define CONNECTEX_DETAIL_OPERATION_WORK_GUARD_HPP

#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/prefer.hpp>

#include <type_traits>

namespace connectex::detail
{

/// Keeps an execution context from running out of work. The guard that Asio offers does not compile
/// for a strand over an executor without the members of the Networking TS.
template <typename Executor,
    bool IsOfStandard = boost::asio::execution::is_executor<Executor>::value>
class work_guard
{
  using tracked_type = std::decay_t<typename boost::asio::prefer_result<const Executor&,
      boost::asio::execution::outstanding_work_t::tracked_t>::type>;

public:
  explicit work_guard(const Executor& executor)
    : executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked))
  {
  }

  const tracked_type& get_executor() const noexcept { return executor_; }

private:
  tracked_type executor_;
};

template <typename Executor>
class work_guard<Executor, false> : public boost::asio::executor_work_guard<Executor>
{
public:
  using boost::asio::executor_work_guard<Executor>::executor_work_guard;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_WORK_GUARD_HPP
