// SPDX-License-Identifier: BSL-1.0

// A small client, whose size is measured: sends 64 bytes to the port PORT of this machine. With
// CONNECTEX_BENCH_PAIR it does so by async_connect and async_write.

#if !defined(CONNECTEX_BENCH_PAIR)
#include <connectex/async_connect_ex.hpp>
#endif

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

const std::array<char, 64> flight{};

void report(const error_code& error, std::size_t bytes_transferred)
{
  if (error)
    std::printf("failed: %d\n", error.value());
  else
    std::printf("sent: %u\n", static_cast<unsigned>(bytes_transferred));
}

void send_flight(tcp::socket& socket, const tcp::endpoint& peer)
{
#if defined(CONNECTEX_BENCH_PAIR)
  socket.async_connect(peer,
      [&socket](const error_code& error)
      {
        if (error)
          return report(error, 0);
        asio::async_write(socket, asio::buffer(flight), report);
      });
#else
  connectex::async_connect_ex(socket, peer, asio::buffer(flight), report);
#endif
}

} // namespace

int main(int argc, char* argv[])
{
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  asio::io_context context;
  tcp::socket socket(context);
  send_flight(socket, {asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  context.run();
}
