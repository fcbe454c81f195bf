// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_BENCH_SUPPORT_HPP
#define CONNECTEX_BENCH_SUPPORT_HPP

#include <boost/asio.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

// What the programs have in common. They are run by the questions, which also do the arithmetic: a
// program prints a line with the names of its columns and then rows, all separated by tabs.

namespace bench
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using arguments = std::vector<std::string>;

/// All bytes of a request, and of its answer.
inline constexpr std::size_t flight_size = 64;

inline const std::array<char, flight_size> flight{};

[[noreturn]] inline void fail(const char* what, int error)
{
  throw std::system_error(error, std::system_category(), what);
}

inline void check(const error_code& error)
{
  if (error)
    throw boost::system::system_error(error);
}

inline void check(const error_code& error, std::size_t bytes_transferred)
{
  check(error);
  if (bytes_transferred != flight_size)
    fail("a short transfer", EIO);
}

inline void check(const error_code& error, const tcp::endpoint&, std::size_t bytes_transferred)
{
  check(error, bytes_transferred);
}

inline int checked(const char* what, int result)
{
  if (result < 0)
    fail(what, errno);
  return result;
}

inline tcp::endpoint make_endpoint(const std::string& address, const std::string& port)
{
  return {asio::ip::make_address(address), static_cast<unsigned short>(std::stoi(port))};
}

/// One of many loopback addresses, for each has no more than some 28,000 local ports.
inline tcp::endpoint loopback_endpoint(std::size_t index, unsigned short port)
{
  const auto first = asio::ip::address_v4::loopback().to_uint();
  return {asio::ip::address_v4(first + static_cast<unsigned>(index % 64)), port};
}

/// What main() returns. An argument that is missing is an exception, as everything else is that
/// goes wrong.
inline int run_main(int argc, char* argv[], void (*function)(const arguments&))
{
  try
  {
    function(arguments(argv + 1, argv + argc));
    return EXIT_SUCCESS;
  }
  catch (const std::exception& error)
  {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}

} // namespace bench

#endif // CONNECTEX_BENCH_SUPPORT_HPP
