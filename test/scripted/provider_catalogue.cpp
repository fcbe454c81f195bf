// SPDX-License-Identifier: BSL-1.0

#include <connectex/detail/attempt/provider_catalogue.hpp>
#include <connectex/detail/attempt/system_connect_ex.hpp>

#include "support/catalogue.hpp"
#include "support/scripted.hpp"
#include "support/windows_numbers.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace test::scripted::provider_catalogue_tests
{

namespace
{

using namespace connectex::detail;

void system_function() {}

std::vector<std::uint32_t> numbers_of(const std::vector<catalogue_entry>& entries)
{
  std::vector<std::uint32_t> numbers;
  for (const catalogue_entry& entry : entries)
    numbers.push_back(entry.entry);
  return numbers;
}

} // namespace

TEST_CASE("a catalogue that grows between two calls is read whole")
{
  session* self = nullptr;
  int calls = 0;
  session seam(
      [&](call which, std::size_t) -> std::optional<native_error>
      {
        // The size has been told, or the entries have been, before this call adds one.
        if (which == call::get_catalogue && ++calls <= 2)
          self->catalogue->push_back(base_entry(2000 + static_cast<std::uint32_t>(calls)));
        return std::nullopt;
      });
  self = &seam;
  seam.catalogue = {base_entry(1001)};

  std::vector<catalogue_entry> entries;
  CHECK(read_catalogue(entries) == 0);
  CHECK(numbers_of(entries) == std::vector<std::uint32_t>{1001, 2001, 2002});
  CHECK(seam.count(call::get_catalogue) == 4);
}

TEST_CASE("a catalogue that never fits is given up")
{
  session seam(fail(call::get_catalogue, winsock::no_buffer_space));
  std::vector<catalogue_entry> entries;
  CHECK(read_catalogue(entries) == winsock::no_buffer_space);
  CHECK(seam.count(call::get_catalogue) == 5);
}

TEST_CASE("another error of the catalogue is told at once")
{
  session seam(fail(call::get_catalogue, winsock::network_down));
  std::vector<catalogue_entry> entries;
  CHECK(read_catalogue(entries) == winsock::network_down);
  CHECK(seam.count(call::get_catalogue) == 1);
}

TEST_CASE("the base provider is the first entry of its kind with a chain of length 1")
{
  const std::vector<catalogue_entry> entries = {hidden_entry(1040), layered_entry(1041),
      base_entry(1002, udp_v4), base_entry(1001), base_entry(1009), base_entry(1004, tcp_v6)};
  const auto find = [&](socket_type wanted) -> std::uint32_t
  {
    const catalogue_entry* const found =
        find_base_provider(entries, wanted.family, wanted.type, wanted.protocol);
    return found ? found->entry : 0;
  };
  CHECK(find(tcp_v4) == 1001);
  CHECK(find(udp_v4) == 1002);
  CHECK(find(tcp_v6) == 1004);
  CHECK(find({tcp_v6.family, udp_v4.type, udp_v4.protocol}) == 0);
  CHECK(find({tcp_v4.family, tcp_v4.type, udp_v4.protocol}) == 0);
}

TEST_CASE("protocol 0 finds an entry that serves it, and no other")
{
  std::vector<catalogue_entry> entries = {base_entry(1001)};
  CHECK(find_base_provider(entries, tcp_v4.family, tcp_v4.type, 0) == &entries[0]);
  entries[0].provider_flags = 0;
  CHECK(find_base_provider(entries, tcp_v4.family, tcp_v4.type, 0) == nullptr);
}

TEST_CASE("the system's ConnectEx is asked of a socket that no layer has seen")
{
  session seam(succeed(call::close_socket));
  seam.catalogue = {hidden_entry(1040), layered_entry(1041), base_entry(1001)};
  seam.opened_socket = 77;
  seam.connect_ex = &system_function;
  CHECK(find_system_connect_ex(tcp_v4.family) == &system_function);
  CHECK(seam.opened_entry == 1001);
  CHECK(seam.closed_sockets == std::vector<native_socket>{77});
}

TEST_CASE("where the system's ConnectEx cannot be found out there is none, and no socket is left")
{
  const call failing = GENERATE(call::get_catalogue, call::open_socket, call::get_connect_ex);
  CAPTURE(failing);
  session seam(either(fail(failing, winsock::network_down), succeed(call::close_socket)));
  seam.catalogue = {base_entry(1001)};
  seam.opened_socket = 77;
  seam.connect_ex = &system_function;
  CHECK(find_system_connect_ex(tcp_v4.family) == nullptr);
  CHECK(seam.count(call::close_socket) == (failing == call::get_connect_ex ? 1 : 0));
}

TEST_CASE("a catalogue of layers alone has no ConnectEx of the system's")
{
  session seam;
  seam.catalogue = {hidden_entry(1040), layered_entry(1041), base_entry(1002, udp_v4)};
  CHECK(find_system_connect_ex(tcp_v4.family) == nullptr);
  CHECK(seam.count(call::open_socket) == 0);
}

TEST_CASE("the system is asked for its ConnectEx once per process and family")
{
  const int family = GENERATE(tcp::v4().family(), tcp::v6().family());
  is_system_connect_ex(&system_function, family);
  session seam;
  CHECK_FALSE(is_system_connect_ex(&system_function, family));
  CHECK(seam.calls().empty());
}

} // namespace test::scripted::provider_catalogue_tests
