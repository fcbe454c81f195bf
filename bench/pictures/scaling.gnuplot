# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "variant pending ours_us pair_us ours_bytes pair_bytes" of the file `data` as the file `picture`.

set terminal svg size 860,400 font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"

set multiplot layout 1,2
set logscale x
set xrange [50:40000]
set yrange [0:*]
set xlabel "pending connects"
set grid ytics
set xtics nomirror
set ytics nomirror
set border 3
set key bottom right font ",11"

of(name, column) = strcol(1) eq name ? column : NaN
array names[5] = ["plain", "first flight", "retry", "total_timeout", "retry and total_timeout"]
array titles[5] = ["async\\_connect\\_ex", "with a first flight", "and retry", "and total\\_timeout", "and both"]
array colors[5] = [0x5b8bc9, 0x2f4f7f, 0x7fb069, 0xe0923a, 0x8e5ea2]

set title "Time of one operation, until cancelled (median)"
set ylabel "microseconds"
plot data using 2:(of("plain", $4)) with linespoints linewidth 2 pointtype 7 linecolor rgb "#909090" \
         title "async\\_connect", \
     for [i = 1:5] "" using 2:(of(names[i], $3)) with linespoints linewidth 2 pointtype 7 \
         linecolor rgb colors[i] title titles[i]

# The same colours.
set title "Memory of one operation"
unset key
set ylabel "bytes"
plot data using 2:(of("plain", $6)) with linespoints linewidth 2 pointtype 7 linecolor rgb "#909090", \
     for [i = 1:5] "" using 2:(of(names[i], $5)) with linespoints linewidth 2 pointtype 7 \
         linecolor rgb colors[i]
