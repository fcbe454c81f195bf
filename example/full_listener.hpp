// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_FULL_LISTENER_HPP
#define CONNECTEX_EXAMPLE_FULL_LISTENER_HPP

#include <boost/asio.hpp>

namespace example
{

/// Leaves everybody waiting, because its backlog is full; where a full backlog refuses, as on
/// Windows itself, it refuses.
struct full_listener
{
  explicit full_listener(boost::asio::io_context& context)
    : acceptor(context, boost::asio::ip::tcp::v4()), filler(context)
  {
    acceptor.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor.listen(0);
    filler.connect(acceptor.local_endpoint());
  }

  boost::asio::ip::tcp::endpoint endpoint() const { return acceptor.local_endpoint(); }

  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::ip::tcp::socket filler;
};

} // namespace example

#endif // CONNECTEX_EXAMPLE_FULL_LISTENER_HPP
