# SPDX-License-Identifier: BSL-1.0
"""What tools/pictures draws with."""
