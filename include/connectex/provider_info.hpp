// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_PROVIDER_INFO_HPP
#define CONNECTEX_PROVIDER_INFO_HPP

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/system/types.hpp>

#include <boost/system/error_code.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace connectex
{

/// Windows: a transport provider, as Winsock's catalogue has it and as its sockets behave.
/**
 * A layered service provider stands between programs and the system's own TCP: proxy clients, game
 * boosters, parental control and filters of companies are built so. Many of them break calls that
 * nearly every program makes otherwise. This tells which of them a socket goes through.
 *
 * <winreg.h>, which every program on Asio includes, has a structure of the same name in the global
 * namespace: write connectex::provider_info.
 *
 * @par Thread Safety
 * @e Distinct @e objects: Safe.@n
 * @e Shared @e objects: Unsafe.
 *
 * @par Source
 * WSAPROTOCOL_INFOW (winsock2.h), WSCEnumProtocols and WSCGetProviderPath (ws2spi.h).
 */
struct provider_info
{
  /// As its maker calls it, in UTF-8: "MSAFD Tcpip [TCP/IP]" for the system's own, "TCP/IP" under
  /// Wine.
  std::string name;

  /// The file that it is in, in UTF-8; empty if the system does not tell, as Wine 8.0.
  std::string path;

  /// Its GUID, with the bytes in the order that the system's structure has them in.
  std::array<std::uint8_t, 16> id{};

  /// The number of the entry in the catalogue.
  std::uint32_t entry = 0;

  /// dwServiceFlags1: the bits that begin with XP1_.
  std::uint32_t service_flags = 0;

  /// The entries that a call goes through, from the top down. A base provider has one, itself; a
  /// layer that no program can open alone has none.
  std::vector<std::uint32_t> chain;

  /// Whether this is a layer, or a chain with layers in it.
  bool layered = false;

  /// Whether its sockets are true handles of the system. If not, cancelling may not work.
  bool ifs_handles = false;

  /// Whether it carries connect data as WSAConnect means it, in both directions. No TCP does, and
  /// ConnectEx does not need it.
  bool connect_data = false;

  /// Whether its TCP sockets have a ConnectEx that is not known to be the system's.
  /**
   * Layers miscount the bytes of the first flight, and a proxy gets them in the place of the peer,
   * so such a function is not to be trusted with them. False where no socket could be opened to ask
   * it.
   */
  bool own_connect_ex = false;

  /// The file of the module that has that ConnectEx, or the system's, in UTF-8; empty where none
  /// could be asked for.
  std::string connect_ex_path;
};

/// Windows: lists all providers of Winsock's catalogue, those included that no program can open.
/**
 * To find out about provider_info::own_connect_ex it opens and closes one socket on each entry for
 * TCP.
 *
 * @param ec Set to indicate what error occurred, if any. The list is empty then.
 *
 * @par Errors
 * Those of WSCEnumProtocols; there is none that a program could do something about.
 *
 * @par Thread Safety
 * May be called at any time from any thread.
 *
 * @par Example
 * @code
 * for (const connectex::provider_info& provider : connectex::get_providers())
 * {
 *   if (provider.layered)
 *     std::clog << provider.name << " in " << provider.path << '\n';
 * } @endcode
 *
 * @par Source
 * WSCEnumProtocols (ws2spi.h). With a layer not run on Windows itself; Wine has none.
 */
CONNECTEX_DECL std::vector<provider_info> get_providers(boost::system::error_code& ec);

/// Windows: lists all providers of Winsock's catalogue; throws `boost::system::system_error`.
CONNECTEX_DECL std::vector<provider_info> get_providers();

namespace detail
{

/// The provider of an open socket.
CONNECTEX_DECL provider_info get_provider(native_socket socket, boost::system::error_code& ec);

/// Creates a socket on the first base provider of its kind.
CONNECTEX_DECL native_socket open_base_socket(
    int family, int type, int protocol, boost::system::error_code& ec);

} // namespace detail

} // namespace connectex

#endif // CONNECTEX_DETAIL_WINDOWS

#endif // CONNECTEX_PROVIDER_INFO_HPP
