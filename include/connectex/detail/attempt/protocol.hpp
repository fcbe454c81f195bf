// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_ATTEMPT_PROTOCOL_HPP
#define CONNECTEX_DETAIL_ATTEMPT_PROTOCOL_HPP

#include <boost/asio/ip/tcp.hpp>

namespace connectex::detail
{

/// Whether @p protocol, any of Asio's, is of an internet family.
template <typename Protocol>
bool is_internet(const Protocol& protocol) noexcept
{
  using boost::asio::ip::tcp;
  return protocol.family() == tcp::v4().family() || protocol.family() == tcp::v6().family();
}

/// Whether @p protocol is TCP; 0 is the protocol that a family has for streams.
template <typename Protocol>
bool is_tcp(const Protocol& protocol) noexcept
{
  return is_internet(protocol)
      && (protocol.protocol() == boost::asio::ip::tcp::v4().protocol() || protocol.protocol() == 0);
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_ATTEMPT_PROTOCOL_HPP
