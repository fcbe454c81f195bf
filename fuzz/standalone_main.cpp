// SPDX-License-Identifier: BSL-1.0

// For compilers without libFuzzer: PROGRAM [RUNS] [SEED], or PROGRAM FILE...

#include "fuzz.hpp"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// Sanitizers would otherwise end the program without a signal, and the input would not be told.
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace
{

constexpr unsigned long long default_runs = 100000;
constexpr std::size_t max_length = 256;

/// What is being run, for the handler of SIGABRT.
struct
{
  const char* program = nullptr;
  const char* file = nullptr;
  unsigned long long seed = 0;
  unsigned long long run = 0;
  std::vector<std::uint8_t> input;
} current;

/// Only abort() brings us here, so that what is not for handlers in general can be used.
void tell_what_failed(int)
{
  if (current.file)
  {
    std::fprintf(stderr, "\nThat was %s.\n", current.file);
    return;
  }
  std::fprintf(stderr, "\nThat was run %llu of seed %llu. To repeat it alone:\nprintf '",
      current.run, current.seed);
  for (const unsigned byte : current.input)
    std::fprintf(stderr, "\\%03o", byte);
  std::fprintf(stderr, "' >input && %s ./input\n", current.program);
}

void run_random(unsigned long long runs, unsigned long long seed)
{
  current.seed = seed;
  std::mt19937_64 engine(seed);
  for (current.run = 1; current.run <= runs; ++current.run)
  {
    // Without the distributions of the standard library, which differ from one to another. Of the
    // exact size, so that AddressSanitizer sees a read beyond its end.
    std::vector<std::uint8_t> input(engine() % (max_length + 1));
    std::generate(input.begin(), input.end(), [&] { return static_cast<std::uint8_t>(engine()); });
    current.input.swap(input);
    LLVMFuzzerTestOneInput(current.input.data(), current.input.size());
  }
  std::printf("%llu inputs of seed %llu: all well\n", runs, seed);
}

bool run_file(const char* name)
{
  std::ifstream file(name, std::ios::binary);
  current.file = name;
  current.input.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  if (!file)
  {
    std::fprintf(stderr, "cannot read %s\n", name);
    return false;
  }
  LLVMFuzzerTestOneInput(current.input.data(), current.input.size());
  return true;
}

bool is_number(const std::string& text)
{
  return !text.empty()
      && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

} // namespace

int main(int argc, char* argv[])
try
{
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  current.program = argv[0];
  std::signal(SIGABRT, tell_what_failed);

  if (arguments.size() <= 2 && std::all_of(arguments.begin(), arguments.end(), is_number))
  {
    run_random(arguments.empty() ? default_runs : std::stoull(arguments[0]),
        arguments.size() < 2 ? std::random_device{}() : std::stoull(arguments[1]));
    return EXIT_SUCCESS;
  }

  if (!std::all_of(argv + 1, argv + argc, run_file))
    return EXIT_FAILURE;
  std::printf("%zu files: all well\n", arguments.size());
  return EXIT_SUCCESS;
}
catch (const std::exception& failure)
{
  std::fprintf(stderr, "%s\nusage: %s [RUNS] [SEED] | FILE...\n", failure.what(), argv[0]);
  return EXIT_FAILURE;
}
