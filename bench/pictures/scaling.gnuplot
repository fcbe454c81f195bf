# SPDX-License-Identifier: BSL-1.0
#
# Draws the column "pending", six columns with the microseconds of one operation and six with its bytes, of the file
# `data` as the file `picture`.

set terminal svg size 720,820 font "Helvetica,16" background "white"
set output picture

array titles[6] = ["async\\_connect", "async\\_connect\\_ex", "with a first flight", \
                   "and retry", "and total\\_timeout", "and both"]
array colours[6] = [plain, ours, other, ours_too, plain_too, another]

stats data using 1 nooutput
last = STATS_records - 1
set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
set lmargin 9

set multiplot layout 2,1
set title "Time of one operation until cancelled (median)"
set ylabel "microseconds"
set xlabel "pending connects"
set xrange [-0.6:last + 0.6]
plot for [i = 1:6] data using i + 1:xticlabels(number($1)) title titles[i] linecolor rgb colours[i], \
     for [i = 1:6] "" using ($0 + (i - 3.5) / 7):i + 1:(sprintf("%.1f", column(i + 1))) \
         with labels offset 0, 0.6 font ",12" notitle

# The same colours. One group of bars, of the most connects.
unset key
set title "Memory of one operation"
set ylabel "bytes"
set xrange [-0.6:0.6]
plot for [i = 1:6] data every ::last using i + 7:xticlabels(number($1)) linecolor rgb colours[i], \
     for [i = 1:6] "" every ::last using ($0 + (i - 3.5) / 7):i + 7:(number(column(i + 7))) with labels offset 0, 0.6 font ",14"
