// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/provider_catalogue.hpp>
#include <connectex/detail/attempt/system_connect_ex.hpp>
#include <connectex/provider.hpp>

#include "support/catalogue.hpp"
#include "support/scripted.hpp"
#include "support/windows_numbers.hpp"

namespace test::scripted::provider_tests
{

namespace
{

using connectex::get_provider;
using connectex::get_providers;
using connectex::open_past_layers;
using connectex::detail::catalogue_entry;
using connectex::detail::native_socket;

void layered_function() {}

/// The library asks for the system's own ConnectEx once, which must not happen under a script.
void learn_system_connect_ex()
{
  connectex::detail::is_system_connect_ex(&layered_function, tcp_v4.family);
}

struct opened
{
  opened() { learn_system_connect_ex(); }

  asio::io_context context;
  tcp::socket socket{context, tcp::v4()};
};

/// The system's own entries, below those of a layer.
std::vector<catalogue_entry> with_layers()
{
  std::vector<catalogue_entry> entries;
  REQUIRE(connectex::detail::read_catalogue(entries) == 0);
  entries.insert(entries.begin(), {hidden_entry(1040), layered_entry(1041)});
  return entries;
}

} // namespace

TEST_CASE("a socket of a layer tells all about it")
{
  opened at;
  session seam;
  seam.catalogue_entry = layered_entry(1041);
  seam.connect_ex = &layered_function;
  seam.module = L"C:\\Program Files\\Foobar\\foobar.dll";
  seam.provider_path = L"C:\\Program Files\\Foobar\\foobar.dll";
  const connectex::provider_info provider = get_provider(at.socket);
  CHECK(provider.name == "Foobar over [MSAFD Tcpip [TCP/IP]]");
  CHECK(provider.path == "C:\\Program Files\\Foobar\\foobar.dll");
  CHECK(provider.id == layered_entry(1041).id);
  CHECK(provider.entry == 1041);
  CHECK(provider.service_flags == 0x66);
  CHECK(provider.chain == std::vector<std::uint32_t>{1040, 1001});
  CHECK(provider.layered);
  CHECK_FALSE(provider.ifs_handles);
  CHECK_FALSE(provider.connect_data);
  CHECK(provider.own_connect_ex);
  CHECK(provider.connect_ex_path == "C:\\Program Files\\Foobar\\foobar.dll");
}

TEST_CASE("a layer that leaves ConnectEx alone has none of its own")
{
  opened at;
  session seam;
  seam.catalogue_entry = layered_entry(1041);
  const connectex::provider_info provider = get_provider(at.socket);
  CHECK(provider.layered);
  CHECK_FALSE(provider.own_connect_ex);
  CHECK_FALSE(provider.connect_ex_path.empty());
}

TEST_CASE("a layer without ConnectEx has none of its own")
{
  opened at;
  session seam(GENERATE(
      fail(call::get_connect_ex, winsock::operation_not_supported), succeed(call::get_connect_ex)));
  seam.catalogue_entry = layered_entry(1041);
  const connectex::provider_info provider = get_provider(at.socket);
  CHECK_FALSE(provider.own_connect_ex);
  CHECK(provider.connect_ex_path.empty());
}

TEST_CASE("each flag of a provider is read from its own bit")
{
  opened at;
  session seam;
  seam.catalogue_entry = base_entry(1001);
  seam.catalogue_entry->service_flags = GENERATE(0u, 0x80u, 0x20000u, 0x20080u);
  const std::uint32_t flags = seam.catalogue_entry->service_flags;
  const connectex::provider_info provider = get_provider(at.socket);
  CHECK(provider.connect_data == ((flags & 0x80) != 0));
  CHECK(provider.ifs_handles == ((flags & 0x20000) != 0));
  CHECK(provider.service_flags == flags);
}

TEST_CASE("names and paths beyond ASCII come as UTF-8")
{
  opened at;
  session seam;
  seam.catalogue_entry = base_entry(1001);
  seam.catalogue_entry->name = L"Gr\u00F6\u00DFe \u20AC \xD83D\xDE00 \xD83D.";
  seam.provider_path = L"C:\\\u00DC.dll";
  const connectex::provider_info provider = get_provider(at.socket);
  CHECK(provider.name
      == "Gr\xC3\xB6\xC3\x9F"
         "e \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBD.");
  CHECK(provider.path == "C:\\\xC3\x9C.dll");
}

TEST_CASE("a provider without a name has an empty one")
{
  opened at;
  session seam;
  seam.catalogue_entry = base_entry(1001);
  seam.catalogue_entry->name.clear();
  error_code error = asio::error::fault;
  CHECK(get_provider(at.socket, error).name.empty());
  CHECK_FALSE(error);
}

TEST_CASE("the environment variables in a path are replaced, where that can be done")
{
  opened at;
  session seam(GENERATE(script(), fail(call::expand_environment, winsock::no_buffer_space)));
  seam.provider_path = L"%SystemRoot%\\layer.dll";
  const std::string path = get_provider(at.socket).path;
  const bool replaced = path.find('%') == std::string::npos;
  CHECK(path.find("\\layer.dll") == path.size() - 10);
  CHECK(replaced == (path != "%SystemRoot%\\layer.dll"));
  CHECK(seam.count(call::expand_environment) == 1);
}

TEST_CASE("a path that the system does not tell is empty, and no error")
{
  opened at;
  session seam(GENERATE(script(), fail(call::get_provider_path, winsock::invalid_argument)));
  seam.provider_path = L"";
  error_code error = asio::error::fault;
  const connectex::provider_info provider = get_provider(at.socket, error);
  CHECK_FALSE(error);
  CHECK(provider.entry != 0);
  CHECK(provider.path.empty());
}

TEST_CASE("a layer that does not answer for its sockets is told by its error")
{
  opened at;
  session seam(fail(call::get_catalogue_entry, winsock::not_socket));
  error_code error;
  const connectex::provider_info provider = get_provider(at.socket, error);
  CHECK(error == asio::error::not_socket);
  CHECK(provider.entry == 0);
  CHECK_THROWS_AS(get_provider(at.socket), boost::system::system_error);
}

TEST_CASE("hidden layers are listed and not opened")
{
  const std::vector<catalogue_entry> entries = with_layers();
  session seam;
  seam.catalogue = {entries[0]};
  const std::vector<connectex::provider_info> providers = get_providers();
  REQUIRE(providers.size() == 1);
  CHECK(providers[0].name == "Foobar");
  CHECK(providers[0].chain.empty());
  CHECK(providers[0].layered);
  CHECK_FALSE(providers[0].own_connect_ex);
  CHECK(seam.count(call::open_socket) == 0);
}

TEST_CASE("of each provider for TCP in the list a socket is asked for its ConnectEx, and closed")
{
  learn_system_connect_ex();
  session seam(succeed(call::close_socket));
  seam.catalogue = {layered_entry(1041), base_entry(1002, udp_v4)};
  seam.opened_socket = 77;
  seam.connect_ex = &layered_function;
  seam.module = L"C:\\foobar.dll";
  const std::vector<connectex::provider_info> providers = get_providers();
  REQUIRE(providers.size() == 2);
  CHECK(providers[0].own_connect_ex);
  CHECK(providers[0].connect_ex_path == "C:\\foobar.dll");
  CHECK_FALSE(providers[1].own_connect_ex);
  CHECK(seam.opened_entry == 1041);
  CHECK(seam.closed_sockets == std::vector<native_socket>{77});
}

TEST_CASE("an entry that cannot be opened is listed all the same")
{
  session seam(fail(call::open_socket, winsock::address_family_not_supported));
  seam.catalogue = {layered_entry(1041)};
  error_code error = asio::error::fault;
  const std::vector<connectex::provider_info> providers = get_providers(error);
  CHECK_FALSE(error);
  REQUIRE(providers.size() == 1);
  CHECK(providers[0].layered);
  CHECK_FALSE(providers[0].own_connect_ex);
}

TEST_CASE("a catalogue that cannot be read is an error, and no list")
{
  session seam(fail(call::get_catalogue, winsock::network_down));
  error_code error;
  CHECK(get_providers(error).empty());
  CHECK(error == asio::error::network_down);
  CHECK_THROWS_AS(get_providers(), boost::system::system_error);

  asio::io_context context;
  tcp::socket socket(context);
  open_past_layers(socket, tcp::v4(), error = {});
  CHECK(error == asio::error::network_down);
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("a socket is opened on the base provider below the layers")
{
  const tcp protocol = GENERATE(tcp::v4(), tcp::v6());
  const std::vector<catalogue_entry> entries = with_layers();
  session seam;
  seam.catalogue = entries;
  asio::io_context context;
  tcp::socket socket(context);
  open_past_layers(socket, protocol);
  CHECK(socket.is_open());
  CHECK(seam.count(call::open_socket) == 1);
  const connectex::provider_info provider = get_provider(socket);
  CHECK(provider.entry == seam.opened_entry);
  CHECK_FALSE(provider.layered);
}

TEST_CASE("the system is not asked for a second socket in the place of an open one")
{
  opened at;
  session seam;
  error_code error;
  open_past_layers(at.socket, tcp::v4(), error);
  CHECK(error == asio::error::already_open);
  CHECK(seam.calls().empty());
}

TEST_CASE("a base provider that opens no socket is told by its error")
{
  session seam(fail(call::open_socket, winsock::no_buffer_space));
  asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  open_past_layers(socket, tcp::v4(), error);
  CHECK(error == asio::error::no_buffer_space);
  CHECK_FALSE(socket.is_open());
}

TEST_CASE("a socket that Asio does not take is closed again")
{
  session seam(succeed(call::close_socket));
  seam.opened_socket = 0x7777770;
  asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  open_past_layers(socket, tcp::v4(), error);
  CHECK(error);
  CHECK_FALSE(socket.is_open());
  CHECK(seam.closed_sockets == std::vector<native_socket>{0x7777770});
}

} // namespace test::scripted::provider_tests
