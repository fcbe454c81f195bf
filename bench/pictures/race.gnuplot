# SPDX-License-Identifier: BSL-1.0
#
# Draws the columns "case limit asio beast curl go ours", in milliseconds, of the file `data` as the file `picture`.

set terminal svg size 720,540 font "Helvetica,16" background "white"
set output picture

set title "From the call to the first byte of the answer (median)"
set ylabel "ms, round trip 20 ms"
set logscale y
set yrange [20:*]
set ytics (20, 100, "1,000" 1000, "10,000" 10000)
set bmargin 3.2
# One unit for each case, counted from 0.
set xrange [-0.6:6.6]

title_of(case) = case eq "both_good" ? "both\ngood" : \
                 case eq "refused" ? "first\nrefused" : \
                 case eq "black_hole_1" ? "1 black\nhole" : \
                 case eq "black_hole_3" ? "3 black\nholes" : \
                 case eq "black_hole_10" ? "10 black\nholes" : \
                 case eq "ipv6_dropped" ? "IPv6\ndropped" : \
                 case eq "ipv6_no_route" ? "IPv6,\nno route" : case

plot data using 3:xticlabels(title_of(strcol(1))) title "asio::async\\_connect" linecolor rgb plain, \
     "" using 4 title "beast::tcp\\_stream" linecolor rgb plain_too, \
     "" using 5 title "curl" linecolor rgb ours_too, \
     "" using 6 title "Go" linecolor rgb other, \
     "" using 7 title "async\\_connect\\_ex" linecolor rgb ours, \
     "" using ($0 - 0.45):2:(0.9):(0) with vectors nohead linewidth 3 linecolor rgb mark title "limit"
