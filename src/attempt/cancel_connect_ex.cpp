// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/platform.hpp>

#if CONNECTEX_DETAIL_WINDOWS

#include <connectex/detail/attempt/cancel_connect_ex.hpp>
#include <connectex/detail/system/option_numbers.hpp>
#include <connectex/detail/system/winsock.hpp>
#include <connectex/detail/system/winsock_catalogue.hpp>

namespace connectex::detail
{

namespace
{

/// Layers are known that refuse the first question on purpose.
constexpr std::uint32_t questions_for_base[] = {
    os::sio_base_handle, os::sio_bsp_handle_select, os::sio_bsp_handle_poll, os::sio_bsp_handle};

/// The socket below @p socket; the same one if none can be found.
native_socket find_base_socket(native_socket socket) noexcept
{
  for (const std::uint32_t question : questions_for_base)
  {
    native_socket base = socket;
    if (os::get_base_socket(socket, question, base) == 0 && base != socket)
      return base;
  }
  return socket;
}

bool has_ifs_handles(native_socket socket) noexcept
{
  std::uint32_t flags = 0;
  return os::get_service_flags(socket, flags) != 0 || (flags & os::xp1_ifs_handles) != 0;
}

} // namespace

void cancel_connect_ex(native_socket socket, _OVERLAPPED* overlapped) noexcept
{
  // The one expected failure, ERROR_NOT_FOUND, says that the packet is already on its way, or that
  // the call is another socket's.
  os::cancel_overlapped(socket, overlapped);
  if (has_ifs_handles(socket))
    return;

  // The base provider has an OVERLAPPED of the layer's, which nobody else knows.
  const native_socket base = find_base_socket(socket);
  if (base != socket)
    os::cancel_overlapped(base, nullptr);
}

} // namespace connectex::detail

#endif // CONNECTEX_DETAIL_WINDOWS
