// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP
#define CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/system_error.hpp>

#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace test
{

[[noreturn]] inline void fail_tls(const char* what)
{
  throw boost::system::system_error(
      static_cast<int>(::ERR_get_error()), boost::asio::error::get_ssl_category(), what);
}

/// For a server, with a certificate that it has made for itself and that lasts an hour.
inline boost::asio::ssl::context context_with_certificate()
{
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(
      ::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate(::X509_new(), &::X509_free);
  if (!key || !certificate)
    fail_tls("a key");
  X509* const made = certificate.get();
  ::X509_set_version(made, X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(made), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(made), 0);
  ::X509_gmtime_adj(::X509_getm_notAfter(made), 3600);
  ::X509_set_pubkey(made, key.get());
  if (::X509_sign(made, key.get(), ::EVP_sha256()) == 0)
    fail_tls("a certificate");

  boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
  if (::SSL_CTX_use_certificate(context.native_handle(), made) != 1
      || ::SSL_CTX_use_PrivateKey(context.native_handle(), key.get()) != 1)
    fail_tls("to use a certificate");
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  return context;
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_CERTIFICATE_HPP
