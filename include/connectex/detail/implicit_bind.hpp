// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_IMPLICIT_BIND_HPP
#define CONNECTEX_DETAIL_IMPLICIT_BIND_HPP

#include <connectex/detail/config.hpp>
#include <connectex/detail/native_types.hpp>

#include <boost/system/error_code.hpp>

namespace connectex::detail
{

#if defined(_WIN32)

/// Binds @p socket to the wildcard address of its family unless it is bound already: ConnectEx,
/// unlike connect, wants a bound socket.
CONNECTEX_DECL boost::system::error_code implicit_bind(native_socket socket, int family) noexcept;

#endif

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_IMPLICIT_BIND_HPP
