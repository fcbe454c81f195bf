# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "rtt pair ours fast_open", in milliseconds, of the file `data` as the file `picture`.

set terminal svg size 720,400 font "sans-serif,13" background "white"
set output picture
set datafile missing "null"

set title "From the call to the first byte of the answer (median)"
set ylabel "ms"
set style data histogram
set style histogram clustered gap 1
set style fill solid border -1
set boxwidth 0.9
set key left top reverse Left
set grid ytics
set xtics nomirror scale 0
set ytics nomirror
set border 3
# One unit for each round-trip time, counted from 0.
set xrange [-0.6:3.6]

label(x) = sprintf("%.3g", x)
plot data using 2:xticlabels(sprintf("%s ms round trip", strcol(1))) \
         title "async\\_connect, then async\\_write" linecolor rgb "#b0b0b0", \
     "" using 3 title "async\\_connect\\_ex" linecolor rgb "#5b8bc9", \
     "" using 4 title "async\\_connect\\_ex with fast open" linecolor rgb "#e0923a", \
     "" using ($0 - 0.25):2:(label($2)) with labels offset 0, 0.6 font ",11" notitle, \
     "" using ($0):3:(label($3)) with labels offset 0, 0.6 font ",11" notitle, \
     "" using ($0 + 0.25):4:(label($4)) with labels offset 0, 0.6 font ",11" notitle
