# SPDX-License-Identifier: BSL-1.0
"""python3 tools/reference_pages VERSION XML OUTPUT: makes pages of the guides, the examples, and the public headers.

XML is the folder that Doxygen has written. Fails if a link leads nowhere, or a comment or a guide has something in it
that is not known here.
"""

import sys
from pathlib import Path

from library import Library
from website import Site


def main():
    version, xml, output = sys.argv[1:]
    try:
        Site(Path.cwd(), Path(output), version, Library(Path(xml))).write()
    except ValueError as error:
        sys.exit(f"tools/reference: {error}")


main()
