# SPDX-License-Identifier: BSL-1.0
#
# What the charts have in common. The colours are those of tools/picture_makers/colours.py, and each way has the same in
# all charts.

set datafile separator "\t"
set datafile missing "null"

plain = 0x8c959f
plain_too = 0xd9b23a
ours = 0x2f6fc4
ours_too = 0x3a8a50
other = 0xc96a10
another = 0x8a56a8
mark = 0xc03a3a

set style data histogram
set style histogram clustered gap 1
set style fill solid noborder
set boxwidth 0.9
# Above the chart, where no bar is.
set key tmargin center horizontal reverse Left maxrows 3 samplen 1.5 spacing 1.1
set grid ytics linecolor rgb "#c3cad2" dashtype 1
set xtics nomirror scale 0
set ytics nomirror
set border 3

# A whole number, with commas.
number(x) = x < 1000 ? sprintf("%.0f", x) : sprintf("%d,%03d", int(x) / 1000, int(x) % 1000)
