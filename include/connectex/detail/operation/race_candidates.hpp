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
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace connectex::detail
{

// Where the candidates of a race come from. Each has
//
//   static constexpr bool is_look_up   whether the system has to be asked for them
//   bool start(Race&, handle)          adds them to the race; true if it will do so later
//   void abandon()                     adds none any more

/// Endpoints that the caller has given.
template <typename Endpoint>
class given_endpoints
{
public:
  static constexpr bool is_look_up = false;

  explicit given_endpoints(const endpoint_list<Endpoint>& endpoints) : endpoints_(endpoints) {}

  template <typename Race, typename Handle>
  bool start(Race& race, const std::shared_ptr<Handle>&) const
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

  looked_up_endpoints(std::string_view host, std::string_view service)
    : host_(host), service_(service)
  {
  }

  template <typename Race, typename Handle>
  bool start(Race& race, const std::shared_ptr<Handle>& handle)
  {
    const auto literal = read_literal();
    if (literal)
      race.add(*literal);

    // The system would read no further than to the first zero, and look up another name; no name
    // at all it takes for this machine's.
    if (literal || host_.empty() || has_zero(host_) || has_zero(service_))
    {
      race.end_candidates(boost::asio::error::host_not_found);
      return false;
    }

    // Not bound to the strand: an abandoned look-up may outlive the handler's execution context.
    resolver_.emplace(race.get_executor());
    resolver_->async_resolve(host_, service_,
        [handle](const boost::system::error_code& error, const results_type& results) {
          Handle::dispatch(
              handle, [error, results](Race& live) { live.on_looked_up(error, results); });
        });
    return true;
  }

  void abandon() { resolver_.reset(); }

private:
  static bool has_zero(const std::string& text) { return text.find('\0') != std::string::npos; }

  /// The endpoint if the host is an address and the service a port: then there is nothing to look
  /// up.
  std::optional<tcp::endpoint> read_literal() const
  {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host_, error);
    unsigned short port = 0;
    const char* const end = service_.data() + service_.size();
    const auto read = std::from_chars(service_.data(), end, port);
    if (error || has_zero(host_) || read.ec != std::errc() || read.ptr != end)
      return std::nullopt;
    return tcp::endpoint(address, port);
  }

  std::string host_;
  std::string service_;
  std::optional<resolver_type> resolver_;
};

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_OPERATION_RACE_CANDIDATES_HPP
