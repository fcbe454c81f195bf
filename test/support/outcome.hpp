// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_OUTCOME_HPP
#define CONNECTEX_TEST_SUPPORT_OUTCOME_HPP

#include "asio_names.hpp"
#include "run.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <ostream>

namespace test
{

/// What a completion handler was told, and how often.
struct outcome
{
  int calls = 0;
  error_code error;
  std::size_t bytes_transferred = 0;

  auto handler()
  {
    return [this](const error_code& ec, std::size_t bytes)
    {
      ++calls;
      error = ec;
      bytes_transferred = bytes;
    };
  }

  /// Runs @p context until the handler has been called.
  void await(asio::io_context& context)
  {
    run_until(context, [this] { return calls != 0; });
  }

  bool is(const error_code& expected, std::size_t bytes) const
  {
    return calls == 1 && error == expected && bytes_transferred == bytes;
  }

  bool is_success(std::size_t bytes) const { return is(error_code(), bytes); }
};

inline std::ostream& operator<<(std::ostream& out, const outcome& value)
{
  return out << value.calls << " call(s), " << value.error << " (" << value.error.message() << "), "
             << value.bytes_transferred << " byte(s)";
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_OUTCOME_HPP
