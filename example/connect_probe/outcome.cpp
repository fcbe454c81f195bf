// SPDX-License-Identifier: BSL-1.0

#include "outcome.hpp"

#include <connectex/error.hpp>

#include <algorithm>

using boost::asio::ip::tcp;
using boost::system::error_code;

exit_code to_exit_code(const error_code& error)
{
  if (!error)
    return exit_code::connected;
  if (error == connectex::condition::timed_out)
    return exit_code::timed_out;
  if (error == connectex::condition::refused_or_unreachable)
    return exit_code::refused_or_unreachable;
  if (error == connectex::condition::local_exhaustion)
    return exit_code::local_exhaustion;
  if (error == connectex::condition::misuse)
    return exit_code::misuse;
  return exit_code::other_failure;
}

tcp protocol_of(const outcome& result)
{
  const auto& attempts = result.report.attempts;
  if (!result.error || attempts.empty())
    return result.peer.protocol();
  const bool is_v6 = attempts.back().endpoint.protocol().family() == tcp::v6().family();
  return is_v6 ? tcp::v6() : tcp::v4();
}

bool has_look_up(const outcome& result) { return result.report.resolve_elapsed.count() != 0; }

std::vector<std::string> addresses_found(const outcome& result)
{
  std::vector<std::string> found;
  for (const auto& endpoint : result.report.endpoints)
  {
    const std::string text = connectex::to_string(endpoint);
    const std::string address = text.substr(0, text.rfind(':'));
    const bool has_brackets = address.front() == '[';
    found.push_back(has_brackets ? address.substr(1, address.size() - 2) : address);
  }
  return found;
}

std::vector<std::string> endpoints_not_tried(const outcome& result)
{
  const auto& attempts = result.report.attempts;
  std::vector<std::string> left;
  for (const auto& endpoint : result.report.endpoints)
  {
    const std::string text = connectex::to_string(endpoint);
    const bool is_tried = std::any_of(attempts.begin(), attempts.end(),
        [&](const connectex::connect_attempt& made)
        { return connectex::to_string(made.endpoint) == text; });
    if (!is_tried)
      left.push_back(text);
  }
  return left;
}

bool has_native_reason(const connectex::connect_attempt& attempt)
{
  return attempt.outcome == connectex::attempt_outcome::failed && attempt.native_error != 0;
}

std::vector<std::string> conditions_of(const error_code& error)
{
  using connectex::condition;
  static constexpr condition all[] = {condition::retryable, condition::refused_or_unreachable,
      condition::timed_out, condition::broken, condition::local_exhaustion, condition::aborted,
      condition::misuse};
  std::vector<std::string> matched;
  for (const condition candidate : all)
  {
    if (error == candidate)
      matched.emplace_back(to_string(candidate));
  }
  return matched;
}
