// SPDX-License-Identifier: BSL-1.0

// Catch2, whether of release 2.13 or 3.

#ifndef CONNECTEX_TEST_SUPPORT_CATCH_HPP
#define CONNECTEX_TEST_SUPPORT_CATCH_HPP

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif // CONNECTEX_TEST_SUPPORT_CATCH_HPP
