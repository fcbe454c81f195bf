// SPDX-License-Identifier: BSL-1.0

#include "io_context_with_port.hpp"

#include "catch.hpp"

#include <algorithm>
#include <vector>

#include <windows.h>
#include <winternl.h>

extern "C"
{
  NTSTATUS NTAPI NtQueryIoCompletion(HANDLE, int, void*, ULONG, ULONG*);
  NTSTATUS NTAPI NtSetIoCompletion(HANDLE, ULONG_PTR, ULONG_PTR, NTSTATUS, SIZE_T);
}

namespace test
{

namespace
{

/// Handles are small multiples of four, and only a completion port answers this query.
std::vector<HANDLE> completion_ports()
{
  std::vector<HANDLE> ports;
  for (std::uintptr_t value = 4; value != 4096; value += 4)
  {
    const auto handle = reinterpret_cast<HANDLE>(value);
    LONG depth = 0;
    if (NtQueryIoCompletion(handle, 0, &depth, sizeof(depth), nullptr) == 0)
      ports.push_back(handle);
  }
  return ports;
}

} // namespace

io_context_with_port::io_context_with_port()
{
  const std::vector<HANDLE> before = completion_ports();
  context_ = std::make_unique<boost::asio::io_context>();
  std::vector<HANDLE> added;
  for (const HANDLE port : completion_ports())
    if (std::find(before.begin(), before.end(), port) == before.end())
      added.push_back(port);
  REQUIRE(added.size() == 1);
  port_ = added.front();
}

void io_context_with_port::post(std::uint32_t ntstatus, std::size_t bytes, _OVERLAPPED* overlapped)
{
  REQUIRE(NtSetIoCompletion(port_, 0, reinterpret_cast<ULONG_PTR>(overlapped),
              static_cast<NTSTATUS>(ntstatus), bytes)
      == 0);
}

} // namespace test
