# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "in_flight threads pair ours raw uv", in connections per second, of the file `data` as the
# file `picture`.

set terminal svg size 720,460 font "Helvetica,16" background "white"
set output picture

set title "Connections per second on loopback (median)"
set ylabel "thousands per second"
set yrange [0:*]
# One unit for each group of bars, counted from 0.
set xrange [-0.6:7.6]
set xlabel "connections in flight, threads of the client" offset 0, -1
set key maxrows 2
set bmargin 4.6

threads(x) = x == 1 ? "1 thread" : sprintf("%d threads", x)
plot data using ($3 / 1000):xticlabels(sprintf("%s\n%s", number($1), threads($2))) \
         title "async\\_connect, then async\\_write" linecolor rgb plain, \
     "" using ($4 / 1000) title "async\\_connect\\_ex" linecolor rgb ours, \
     "" using ($5 / 1000) title "epoll by hand" linecolor rgb ours_too, \
     "" using ($6 / 1000) title "libuv" linecolor rgb other
