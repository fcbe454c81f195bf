// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP
#define CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP

#include "../../example/self_signed.hpp"

#include <boost/asio/ssl/context.hpp>

namespace test
{

/// For a server, with a certificate that it has made for itself.
inline boost::asio::ssl::context context_with_certificate()
{
  boost::asio::ssl::context context(boost::asio::ssl::context::tlsv13_server);
  example::self_signed().identify(context);
  return context;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP
