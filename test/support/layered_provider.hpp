// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_LAYERED_PROVIDER_HPP
#define CONNECTEX_TEST_SUPPORT_LAYERED_PROVIDER_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

namespace test
{

/// How a layered provider behaves; the default passes on what it is given.
struct layer
{
  // Its answer to the question for its ConnectEx: it has none, or it says that it has and tells a
  // null pointer.
  bool offers_none = false;
  bool offers_null = false;

  /// Its function fails at once with this number; 0 is a failure without a number.
  std::optional<std::uint32_t> fails_at_once = {};

  /// Its function succeeds at once, and the packet comes as well.
  bool answers_at_once = false;

  /// The bytes do not reach the peer.
  bool keeps_data = false;

  /// How many bytes too many are counted. No count is less than 0.
  std::ptrdiff_t surplus = 0;

  /// The NTSTATUS of packets that tell a failure; nothing leaves them as they are.
  std::optional<std::uint32_t> status_of_failure = {};

  /// It makes its calls on sockets of its own, as one without XP1_IFS_HANDLES does: CancelIoEx on
  /// the program's socket does not find them.
  bool has_own_sockets = false;

  /// The one ioctl that it answers with its own socket; it refuses the others.
  std::uint32_t base_query = 0x48000022; // SIO_BASE_HANDLE
};

/// A stand-in for a layered Winsock provider: the system's own provider cannot tell it from one,
/// and neither can Asio and the library.
/**
 * It serves the sockets that it is given. There may be two at a time. What it replaces are
 * functions that the program imports, so no provider has to be installed. To be made before the
 * sockets that it serves, and destroyed after them.
 */
class layered_provider
{
public:
  using native_socket = std::uintptr_t;

  explicit layered_provider(const layer& behaviour = {});
  ~layered_provider();

  layered_provider(const layered_provider&) = delete;
  layered_provider& operator=(const layered_provider&) = delete;

  /// Puts itself between the program and this socket, which must be open.
  template <typename Socket>
  void serve(Socket& socket)
  {
    serve_handle(socket.native_handle());
  }

  /// How often it was asked for its ConnectEx, and how often that was called.
  int queries() const;
  int calls() const;

  /// How many bytes the calls were given.
  std::size_t bytes_given() const;

  struct part;

private:
  void serve_handle(native_socket socket);

  part* part_;
};

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_LAYERED_PROVIDER_HPP
