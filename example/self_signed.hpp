// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_EXAMPLE_SELF_SIGNED_HPP
#define CONNECTEX_EXAMPLE_SELF_SIGNED_HPP

#include <boost/asio/ssl.hpp>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace example
{

/// A key, and a certificate for "localhost" that is signed with it, in memory only.
class self_signed
{
public:
  self_signed() : key_(make_key()), certificate_(X509_new())
  {
    constexpr long one_day = 24 * 60 * 60;
    X509* const certificate = certificate_.get();
    check(X509_set_version(certificate, 2)); // which is 3, as extensions need it
    check(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    check(X509_gmtime_adj(X509_getm_notBefore(certificate), -one_day) != nullptr);
    check(X509_gmtime_adj(X509_getm_notAfter(certificate), one_day) != nullptr);
    check(X509_set_pubkey(certificate, key_.get()));

    // It is its own issuer.
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const localhost = reinterpret_cast<const unsigned char*>("localhost");
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, localhost, -1, -1, 0));
    check(X509_set_issuer_name(certificate, name));

    const std::unique_ptr<X509_EXTENSION, free_by<&X509_EXTENSION_free>> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"));
    check(X509_add_ext(certificate, names.get(), -1));
    check(X509_sign(certificate, key_.get(), EVP_sha256()) != 0);
  }

  /// For a server that has this certificate.
  void identify(boost::asio::ssl::context& server) const
  {
    check(SSL_CTX_use_certificate(server.native_handle(), certificate_.get()));
    check(SSL_CTX_use_PrivateKey(server.native_handle(), key_.get()));
  }

  /// For a client that trusts it.
  void trust(boost::asio::ssl::context& client) const
  {
    check(X509_STORE_add_cert(SSL_CTX_get_cert_store(client.native_handle()), certificate_.get()));
  }

private:
  template <auto Free>
  struct free_by
  {
    template <typename T>
    void operator()(T* object) const
    {
      Free(object);
    }
  };

  using key_ptr = std::unique_ptr<EVP_PKEY, free_by<&EVP_PKEY_free>>;
  using certificate_ptr = std::unique_ptr<X509, free_by<&X509_free>>;

  static key_ptr make_key()
  {
    const std::unique_ptr<EVP_PKEY_CTX, free_by<&EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
    EVP_PKEY* key = nullptr;
    check(EVP_PKEY_keygen_init(context.get()) == 1);
    check(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1);
    check(EVP_PKEY_keygen(context.get(), &key) == 1);
    return key_ptr(key);
  }

  static void check(int succeeded)
  {
    if (!succeeded)
      throw std::runtime_error("no certificate could be made");
  }

  key_ptr key_;
  certificate_ptr certificate_;
};

} // namespace example

#endif // CONNECTEX_EXAMPLE_SELF_SIGNED_HPP
