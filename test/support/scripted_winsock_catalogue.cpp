// SPDX-License-Identifier: BSL-1.0

#include "scripted_seam.hpp"
#include "windows_numbers.hpp"

#include <connectex/detail/system/winsock_catalogue.hpp>

namespace connectex::detail::os
{

using test::scripted::answer_or;
using test::scripted::ask_script;
using test::scripted::call;
using test::scripted::session;
using test::scripted::tell_or;

native_error get_catalogue_entry(native_socket socket, catalogue_entry& entry)
{
  return tell_or(call::get_catalogue_entry, &session::catalogue_entry, entry,
      [&] { return real_os::get_catalogue_entry(socket, entry); });
}

native_error get_catalogue(std::vector<catalogue_entry>& entries, std::uint32_t& size)
{
  std::optional<std::vector<catalogue_entry>> told;
  const std::optional<native_error> reply =
      ask_script(call::get_catalogue, [&](session& current) { told = current.catalogue; });
  if (reply)
    return *reply;
  if (!told)
    return real_os::get_catalogue(entries, size);

  const auto needed = static_cast<std::uint32_t>(told->size() * catalogue_entry::size);
  if (size < needed)
  {
    size = needed;
    return test::winsock::no_buffer_space;
  }
  entries = *told;
  return 0;
}

native_error get_service_flags(native_socket socket, std::uint32_t& service_flags) noexcept
{
  return tell_or(call::get_service_flags, &session::service_flags, service_flags,
      [&] { return real_os::get_service_flags(socket, service_flags); });
}

native_error open_socket(const catalogue_entry& entry, native_socket& socket) noexcept
{
  std::optional<native_socket> told;
  const std::optional<native_error> reply = ask_script(call::open_socket,
      [&](session& current)
      {
        told = current.opened_socket;
        current.opened_entry = entry.entry;
      });
  if (reply)
    return *reply;
  if (!told)
    return real_os::open_socket(entry, socket);
  socket = *told;
  return 0;
}

native_error close_socket(native_socket socket) noexcept
{
  return answer_or(
      call::close_socket, [&](session& current) { current.closed_sockets.push_back(socket); },
      [&] { return real_os::close_socket(socket); });
}

native_error get_base_socket(
    native_socket socket, std::uint32_t control_code, native_socket& base) noexcept
{
  return tell_or(call::get_base_socket, &session::base_socket, base,
      [&] { return real_os::get_base_socket(socket, control_code, base); });
}

native_error get_provider_path(const provider_id& id, std::wstring& path)
{
  return tell_or(call::get_provider_path, &session::provider_path, path,
      [&] { return real_os::get_provider_path(id, path); });
}

native_error expand_environment(const std::wstring& text, std::wstring& expanded)
{
  return answer_or(
      call::expand_environment, [&] { return real_os::expand_environment(text, expanded); });
}

native_error get_module_of(connect_ex_function function, std::wstring& path)
{
  return tell_or(call::get_module_of, &session::module, path,
      [&] { return real_os::get_module_of(function, path); });
}

native_error to_utf8(const std::wstring& text, std::string& utf8)
{
  return answer_or(call::to_utf8, [&] { return real_os::to_utf8(text, utf8); });
}

} // namespace connectex::detail::os
