// SPDX-License-Identifier: BSL-1.0

// Run by test/network/run, in the network that it makes.

#include <connectex/lazy_connect_stream.hpp>

#include "fast_open.hpp"
#include "support/certificate.hpp"
#include "support/loopback.hpp"

#include <boost/asio/ssl.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace
{

using namespace test;
namespace ssl = asio::ssl;
using connectex::connect_options;
using connectex::connect_report;
using connectex::fast_open_mode;
using connectex::first_flight_path;

/// Shakes hands with one client after the other, sends each a byte and closes the connection.
class tls_server
{
public:
  explicit tls_server(asio::io_context& context) : acceptor_(fast_open_acceptor(context)) {}

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  void serve_one()
  {
    acceptor_.async_accept(
        [this](const error_code& failure, tcp::socket socket)
        {
          REQUIRE_FALSE(failure);
          stream_.emplace(std::move(socket), tls_);
          stream_->async_handshake(ssl::stream_base::server,
              [this](const error_code& error)
              {
                REQUIRE_FALSE(error);
                asio::async_write(
                    *stream_, asio::buffer("!", 1), [](const error_code&, std::size_t) {});
              });
        });
  }

private:
  tcp::acceptor acceptor_;
  ssl::context tls_ = context_with_certificate();
  std::optional<ssl::stream<tcp::socket>> stream_;
};

/// A connection, and how its ClientHello has travelled.
struct connection
{
  connection(asio::io_context& context, tls_server& server, fast_open_mode mode)
  {
    connect_options options;
    options.fast_open = mode;
    options.report = &report;
    ssl::context tls(ssl::context::tls_client);
    ssl::stream<connectex::lazy_connect_stream<>> stream(context, tls);
    stream.next_layer().connect_on_write(server.endpoint(), options);

    std::array<char, 1> answer{};
    server.serve_one();
    stream.async_handshake(ssl::stream_base::client,
        [&](const error_code& error)
        {
          REQUIRE_FALSE(error);
          asio::async_read(stream, asio::buffer(answer), result.handler());
        });
    run(context);
    client = stream.lowest_layer().local_endpoint().port();
    server_endpoint = server.endpoint();
  }

  connect_report report;
  outcome result;
  std::uint16_t client = 0;
  tcp::endpoint server_endpoint;
};

using sizes = std::vector<std::size_t>;

void check_without_payload(const connection& made)
{
  CHECK(made.result.is_success(1));
  CHECK(made.report.first_flight == first_flight_path::after_connect);
  CHECK(made.report.bytes_in_connect == 0);
  CHECK_FALSE(made.report.fast_open_error);
  CHECK(syn_payloads(made.client, made.server_endpoint) == sizes{0});
}

} // namespace

TEST_CASE("the ClientHello of asio::ssl is in the SYN with a warm cookie, and with no other")
{
  asio::io_context context;
  tls_server server(context);

  const connection cold(context, server, fast_open_mode::idempotent_data);
  check_without_payload(cold);

  const connection warm(context, server, fast_open_mode::idempotent_data);
  CHECK(warm.result.is_success(1));
  CHECK(warm.report.first_flight == first_flight_path::in_syn);
  CHECK(warm.report.bytes_in_connect > 0);
  CHECK(syn_payloads(warm.client, warm.server_endpoint) == sizes{warm.report.bytes_in_connect});

  const connection off(context, server, fast_open_mode::off);
  check_without_payload(off);

  CHECK(await_payloads("CONNECTEX_HELLOS", warm.client, warm.server_endpoint)
      == sizes{warm.report.bytes_in_connect});
}
