// SPDX-License-Identifier: BSL-1.0

#include "provider_report.hpp"

#if defined(_WIN32)

#include <mswsock.h>

#include <array>
#include <cstddef>
#include <cstdio>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using json = nlohmann::ordered_json;

namespace
{

base_socket find_base_socket(SOCKET socket)
{
  base_socket result;
  SOCKET base = INVALID_SOCKET;
  DWORD size = 0;
  if (::WSAIoctl(socket, SIO_BASE_HANDLE, nullptr, 0, &base, sizeof(base), &size, nullptr, nullptr)
      != 0)
  {
    result.error = static_cast<std::uint32_t>(::WSAGetLastError());
  }
  result.is_same = base == socket;
  return result;
}

/// As Windows writes it; the first three numbers lie in memory with their low byte first.
std::string to_guid(const std::array<std::uint8_t, 16>& id)
{
  static constexpr std::size_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string text = "{";
  for (std::size_t i = 0; i != id.size(); ++i)
  {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02X", id[order[i]]);
    text += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "");
    text += digits;
  }
  return text + '}';
}

std::string file_of(const std::string& path) { return path.substr(path.find_last_of('\\') + 1); }

std::string chain_of(const connectex::provider_info& provider)
{
  std::string text;
  for (const std::uint32_t entry : provider.chain)
    text += (text.empty() ? "" : " > ") + std::to_string(entry);
  return text;
}

std::string connect_ex_of(const connectex::provider_info& provider)
{
  const std::string file = file_of(provider.connect_ex_path);
  if (file.empty())
    return "none, or not to be found out";
  if (!provider.own_connect_ex)
    return "the system's (" + file + ')';
  return "its own (" + file + "), not the system's: the first flight is written after the connect";
}

std::string to_text(const base_socket& base)
{
  if (base.error != 0)
    return "refused with " + std::to_string(base.error) + ": a layer may hide it";
  return base.is_same ? "this socket" : "another socket";
}

std::string to_text(const std::vector<connectex::provider_info>& layers)
{
  std::string text;
  for (const connectex::provider_info& layer : layers)
  {
    text += (text.empty() ? "" : ", ") + std::to_string(layer.entry) + ' ' + layer.name
        + (layer.chain.empty() ? " (hidden)" : "");
  }
  return text.empty() ? "none" : text;
}

/// Null where the system does not tell.
json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

} // namespace

provider_report find_provider(const tcp& protocol)
{
  provider_report report;
  asio::io_context context;
  tcp::socket socket(context);
  if (socket.open(protocol, report.error))
    return report;
  report.provider = connectex::get_provider(socket, report.error);
  if (report.error)
    return report;

  report.base = find_base_socket(socket.native_handle());
  for (const connectex::provider_info& listed : connectex::get_providers(report.error))
  {
    if (listed.layered)
      report.layers.push_back(listed);
  }
  return report;
}

std::string to_text(const provider_report& report)
{
  if (report.error)
    return "provider    unknown: " + report.error.message() + '\n';

  const connectex::provider_info& provider = report.provider;
  return "provider    " + provider.name + "   entry " + std::to_string(provider.entry) + ", chain "
      + chain_of(provider) + (provider.layered ? ", layered" : ", base") + "\n            "
      + to_guid(provider.id) + "  " + (provider.path.empty() ? "path unknown" : provider.path)
      + "\n            IFS handles: "
      + (provider.ifs_handles ? "yes" : "no (cancelling may not work)") + "   connect data: "
      + (provider.connect_data ? "yes" : "no") + "\nConnectEx   " + connect_ex_of(provider)
      + "\nbase        " + to_text(report.base) + "\nlayers      " + to_text(report.layers) + '\n';
}

json to_json(const provider_report& report)
{
  if (report.error)
    return {{"error", report.error.message()}};

  json layers = json::array();
  for (const connectex::provider_info& layer : report.layers)
  {
    layers.push_back({{"entry", layer.entry}, {"name", layer.name}, {"id", to_guid(layer.id)},
        {"path", text_or_null(layer.path)}, {"chain", layer.chain},
        {"ifs_handles", layer.ifs_handles}});
  }
  const connectex::provider_info& provider = report.provider;
  const bool refused = report.base.error != 0;
  return {{"name", provider.name}, {"entry", provider.entry}, {"chain", provider.chain},
      {"layered", provider.layered}, {"id", to_guid(provider.id)},
      {"path", text_or_null(provider.path)}, {"service_flags", provider.service_flags},
      {"ifs_handles", provider.ifs_handles}, {"connect_data", provider.connect_data},
      {"own_connect_ex", provider.own_connect_ex},
      {"connect_ex_path", text_or_null(provider.connect_ex_path)},
      {"base_is_this_socket", refused ? json(nullptr) : json(report.base.is_same)},
      {"base_error", refused ? json(report.base.error) : json(nullptr)}, {"layers", layers}};
}

std::string provider_text(const tcp& protocol) { return to_text(find_provider(protocol)); }

nlohmann::ordered_json provider_json(const tcp& protocol)
{
  return to_json(find_provider(protocol));
}

#else

std::string provider_text(const boost::asio::ip::tcp&) { return "no Winsock providers here\n"; }

nlohmann::ordered_json provider_json(const boost::asio::ip::tcp&) { return nullptr; }

#endif
