set terminal svg size 900,420 font "sans,12" background "white"
set output "plots/connections.svg"
set title "open connections, all active"
set grid ytics lc '#dddddd'
set yrange [0:*]
set format y "%.0f"
set ylabel "requests/s"
set key outside right top
set datafile missing "-"
set logscale x 10
set xlabel "open connections, all active"
plot "plots/connections.dat" using 1:2 with linespoints lw 2 lc rgb "#1b4f9c" title "khttpd", "plots/connections.dat" using 1:3 with linespoints lw 2 lc rgb "#444444" title "raw", "plots/connections.dat" using 1:4 with linespoints lw 2 lc rgb "#2e8b57" title "nginx"
