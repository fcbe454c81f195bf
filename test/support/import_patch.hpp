// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_TEST_SUPPORT_IMPORT_PATCH_HPP
#define CONNECTEX_TEST_SUPPORT_IMPORT_PATCH_HPP

#include <cstdint>

namespace test
{

/// Puts a function of the test in the place of one that this program imports from a DLL, for its
/// own lifetime.
/**
 * The linker has gathered all calls of an imported function in one slot, so the header-only Asio
 * and the library, which is linked statically, call the replacement as well.
 */
template <typename Function>
class import_patch;

template <typename Result, typename... Args>
class import_patch<Result(__stdcall*)(Args...)>
{
  using function = Result(__stdcall*)(Args...);

public:
  import_patch(const char* name, function replacement);
  ~import_patch();

  import_patch(const import_patch&) = delete;
  import_patch& operator=(const import_patch&) = delete;

  /// Calls what the program would have called.
  Result operator()(Args... args) const { return original_(args...); }

private:
  std::uintptr_t* slot_;
  function original_;
};

/// The slot of an imported function; fails the test if the program does not import it.
std::uintptr_t* find_import(const char* name);

/// Writes to a slot, and returns what it held.
std::uintptr_t exchange_import(std::uintptr_t* slot, std::uintptr_t function);

template <typename Result, typename... Args>
import_patch<Result(__stdcall*)(Args...)>::import_patch(const char* name, function replacement)
  : slot_(find_import(name)),
    original_(reinterpret_cast<function>(
        exchange_import(slot_, reinterpret_cast<std::uintptr_t>(replacement))))
{
}

template <typename Result, typename... Args>
import_patch<Result(__stdcall*)(Args...)>::~import_patch()
{
  exchange_import(slot_, reinterpret_cast<std::uintptr_t>(original_));
}

} // namespace test

#endif // CONNECTEX_TEST_SUPPORT_IMPORT_PATCH_HPP
