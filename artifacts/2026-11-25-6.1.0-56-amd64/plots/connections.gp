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
plot "plots/connections.dat" using 1:2 with linespoints lw 2 lc rgb "#1b4f9c" title "khttpd", "plots/connections.dat" using 1:3 with linespoints lw 2 lc rgb "#7fa3d6" title "khttpd-worker", "plots/connections.dat" using 1:4 with linespoints lw 2 lc rgb "#444444" title "raw", "plots/connections.dat" using 1:5 with linespoints lw 2 lc rgb "#777777" title "raw-scan", "plots/connections.dat" using 1:6 with linespoints lw 2 lc rgb "#aaaaaa" title "raw-worker", "plots/connections.dat" using 1:7 with linespoints lw 2 lc rgb "#2e8b57" title "nginx", "plots/connections.dat" using 1:8 with linespoints lw 2 lc rgb "#9fd3b5" title "nginx-file", "plots/connections.dat" using 1:9 with linespoints lw 2 lc rgb "#d98e04" title "h2o", "plots/connections.dat" using 1:10 with linespoints lw 2 lc rgb "#b5443a" title "lighttpd", "plots/connections.dat" using 1:11 with linespoints lw 2 lc rgb "#8a5aa8" title "apache", "plots/connections.dat" using 1:12 with linespoints lw 2 lc rgb "#3aa6a6" title "haproxy"
