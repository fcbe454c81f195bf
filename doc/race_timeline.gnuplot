# SPDX-License-Identifier: BSL-1.0
#
# Draws the look-up and the attempts of the file `data`, with the columns "endpoint outcome started ended" in
# milliseconds, as the file `picture`.

set terminal svg size 720,260 font "sans-serif,13" background "white"
set output picture

stats data using 4 nooutput
set xrange [0:STATS_max * 1.5]
set yrange [STATS_records - 0.4:-0.6]
set title "A race of three addresses, 40 ms away"
set xlabel "ms from the call"
set xtics 50 nomirror out
set ytics nomirror scale 0
set border 3
set grid xtics
unset key

colour(outcome) = outcome eq "connected" ? 0x4f9d69 : outcome eq "failed" ? 0xc0504d \
    : outcome eq "done" ? 0x5b8bc9 : 0xb0b0b0
set style fill solid 1 border -1

plot data using ($3):0:($3):($4):($0 - 0.22):($0 + 0.22):(colour(strcol(2))):yticlabels(1) \
         with boxxyerror linecolor rgb variable, \
     "" using ($4):0:(sprintf("%s after %.0f ms", strcol(2), $4 - $3)) with labels left offset 0.3, 0 font ",12"
