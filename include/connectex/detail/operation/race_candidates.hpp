// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_OPERATION_RACE_CANDIDATES_HPP
#define CONNECTEX_DETAIL_OPERATION_RACE_CANDIDATES_HPP

#include <connectex/detail/operation/endpoint_sequence.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

namespace connectex::detail
{

struct host_and_service
{
  std::string host;
  std::string service;
};

// Where the candidates of a race come from. Each has
//
//   static constexpr bool is_look_up   whether the system has to be asked for them
//   bool start(Race&)                  adds them to the race; true if it will do so later
//   void abandon()                     adds none any more

/// Endpoints that the caller has given.
template <typename Endpoint>
class given_endpoints
{
public:
  static constexpr bool is_look_up = false;

  explicit given_endpoints(const endpoint_list<Endpoint>& endpoints) : endpoints_(endpoints) {}

  template <typename Race>
  bool start(Race& race) const
  {
    if (endpoints_.first)
      race.add(*endpoints_.first);
    for (const Endpoint& endpoint : endpoints_.others)
      race.add(endpoint);
    race.end_candidates(boost::asio::error::not_found);
    return false;
  }

  static void abandon() noexcept {}

private:
  endpoint_list<Endpoint> endpoints_;
};

/// The endpoints of a name, which the system looks up.
template <typename Executor>
class looked_up_endpoints
{
  using tcp = boost::asio::ip::tcp;
  using resolver_type = boost::asio::ip::basic_resolver<tcp, Executor>;
  using results_type = typename resolver_type::results_type;

public:
  static constexpr bool is_look_up = true;

  explicit looked_up_endpoints(const host_and_service& name) : name_(name) {}

  template <typename Race>
  bool start(Race& race)
  {
    unsigned short port = 0;
    const std::errc port_error = read_port(port);
    if (port_error == std::errc::result_out_of_range)
      return end(race, boost::asio::error::service_not_found);
    if (!can_be_looked_up())
      return end(race, boost::asio::error::host_not_found);

    const auto literal = port_error == std::errc() ? read_literal(port) : std::nullopt;
    if (literal)
    {
      race.add(*literal);
      return end(race, boost::asio::error::host_not_found);
    }

    resolver_.emplace(race.get_executor());
    return race.look_up(*resolver_, name_);
  }

  void abandon() { resolver_.reset(); }

private:
  template <typename Race>
  static bool end(Race& race, const boost::system::error_code& error_if_none)
  {
    race.end_candidates(error_if_none);
    return false;
  }

  /// The system would read no further than to the first zero, and look up another name; no name at
  /// all it takes for this machine's. Windows takes "127.0.0.1:80" and "[::1]:80" for addresses,
  /// and the port would be lost; an IPv6 address has two colons at least.
  bool can_be_looked_up() const
  {
    const std::string& host = name_.host;
    return !host.empty() && !has_zero(host) && !has_zero(name_.service)
        && host.find('[') == std::string::npos && std::count(host.begin(), host.end(), ':') != 1;
  }

  static bool has_zero(const std::string& text) { return text.find('\0') != std::string::npos; }

  /// @returns No error if the service is a port and nothing else, `result_out_of_range` if it is
  /// another number, such as "65536" or " 80", of which the system would make some port.
  std::errc read_port(unsigned short& port) const
  {
    const std::string& service = name_.service;
    const char* const end = service.data() + service.size();
    const auto [next, error] = std::from_chars(service.data(), end, port);
    if (next == end)
      return error;
    const std::size_t digits = service.find_first_not_of("+- \t");
    const bool is_number = digits != std::string::npos
        && service.find_first_not_of("0123456789", digits) == std::string::npos;
    return is_number ? std::errc::result_out_of_range : std::errc::invalid_argument;
  }

  /// The endpoint if the host is an address: then there is nothing to look up.
  std::optional<tcp::endpoint> read_literal(unsigned short port) const
  {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(name_.host, error);
    if (error)
      return std::nullopt;
    return tcp::endpoint(address, port);
  }

  host_and_service name_;
  std::optional<resolver_type> resolver_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_CANDIDATES_HPP
