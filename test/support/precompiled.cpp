// SPDX-License-Identifier: BSL-1.0

// A header is precompiled for a target, and a target needs a source.
#include "precompiled.hpp"
