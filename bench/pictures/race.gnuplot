# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "case limit asio beast curl go ours", in milliseconds, of the file `data` as the file `picture`.

set terminal svg size 900,460 font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"
set datafile missing "null"

set title "From the call to the first byte of the answer (median), 20 ms round trip"
set ylabel "ms"
set logscale y
set yrange [20:*]
set style data histogram
set style histogram clustered gap 1
set style fill solid border -1
set boxwidth 0.9
set key left top reverse Left
set grid ytics
set xtics nomirror scale 0
set ytics nomirror
set bmargin 4
set border 3
# One unit for each case, counted from 0.
set xrange [-0.6:6.6]

title_of(case) = case eq "both_good" ? "both\ngood" : \
                 case eq "refused" ? "first\nrefused" : \
                 case eq "black_hole_1" ? "1 black\nhole" : \
                 case eq "black_hole_3" ? "3 black\nholes" : \
                 case eq "black_hole_10" ? "10 black\nholes" : \
                 case eq "ipv6_dropped" ? "IPv6\ndropped" : \
                 case eq "ipv6_no_route" ? "IPv6,\nno route" : case

plot data using 3:xticlabels(title_of(strcol(1))) title "asio::async\\_connect" linecolor rgb "#b0b0b0", \
     "" using 4 title "beast::tcp\\_stream" linecolor rgb "#d8d8d8", \
     "" using 5 title "curl" linecolor rgb "#8fbf8f", \
     "" using 6 title "Go" linecolor rgb "#e0923a", \
     "" using 7 title "async\\_connect\\_ex" linecolor rgb "#5b8bc9", \
     "" using ($0 - 0.45):2:(0.9):(0) with vectors nohead linewidth 2 linecolor rgb "#c03030" title "limit"
