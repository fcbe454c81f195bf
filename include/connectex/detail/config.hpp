// SPDX-License-Identifier: BSL-1.0

#ifndef CONNECTEX_DETAIL_CONFIG_HPP
#define CONNECTEX_DETAIL_CONFIG_HPP

#if !defined(CONNECTEX_SHARED)
#define CONNECTEX_DECL
#elif !defined(_WIN32)
#define CONNECTEX_DECL __attribute__((visibility("default")))
#elif defined(CONNECTEX_SOURCE)
#define CONNECTEX_DECL __declspec(dllexport)
#else
#define CONNECTEX_DECL __declspec(dllimport)
#endif

#endif // CONNECTEX_DETAIL_CONFIG_HPP
