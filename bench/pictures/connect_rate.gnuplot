# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "in_flight threads pair ours raw uv", in connections per second, of the file `data` as the
# file `picture`.

set terminal svg size 860,400 font "sans-serif,13" background "white"
set output picture

set title "Connections per second on loopback: connect, 64 bytes there and back, close (median)"
set ylabel "thousands per second"
set style data histogram
set style histogram clustered gap 1
set style fill solid border -1
set boxwidth 0.9
set key left top reverse Left
set grid ytics
set xtics nomirror scale 0
set ytics nomirror
set border 3
set yrange [0:*]
# One unit for each group of bars, counted from 0.
set xrange [-0.6:7.6]
set datafile missing "null"
set xlabel "connections in flight, threads of the client" offset 0, -0.8
set bmargin 5

threads(x) = x == 1 ? "1 thread" : sprintf("%d threads", x)
plot data using ($3 / 1000):xticlabels(sprintf("%s\n%s", strcol(1), threads($2))) \
         title "async\\_connect, then async\\_write" linecolor rgb "#b0b0b0", \
     "" using ($4 / 1000) title "async\\_connect\\_ex" linecolor rgb "#5b8bc9", \
     "" using ($5 / 1000) title "epoll by hand" linecolor rgb "#7fb069", \
     "" using ($6 / 1000) title "libuv" linecolor rgb "#e0923a"
