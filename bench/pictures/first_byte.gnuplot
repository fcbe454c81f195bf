# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "rtt pair ours fast_open", in milliseconds, of the file `data` as the file `picture`.

set terminal svg size 640,460 font "Helvetica,16" background "white"
set output picture

set title "From the call to the first byte of the answer (median)"
set ylabel "ms"
set yrange [0:225]
set xlabel "round trip of the link"
# One unit for each round-trip time, counted from 0.
set xrange [-0.6:3.6]

label(x) = sprintf("%.3g", x)
plot data using 2:xticlabels(sprintf("%s ms", strcol(1))) \
         title "async\\_connect, then async\\_write" linecolor rgb plain, \
     "" using 3 title "async\\_connect\\_ex" linecolor rgb ours, \
     "" using 4 title "async\\_connect\\_ex with fast open" linecolor rgb other, \
     "" using ($0 - 0.25):2:(label($2)) with labels offset 0, 0.6 font ",14" notitle, \
     "" using ($0):3:(label($3)) with labels offset 0, 0.6 font ",14" notitle, \
     "" using ($0 + 0.25):4:(label($4)) with labels offset 0, 0.6 font ",14" notitle
