set terminal svg size 900,420 font "sans,12" background "white"
set output "plots/cached-files.svg"
set title "files asked for at random"
set grid ytics lc '#dddddd'
set yrange [0:*]
set format y "%.0f"
set ylabel "requests/s"
set key outside right top
set datafile missing "-"
set logscale x 10
set xlabel "files asked for at random"
plot "plots/cached-files.dat" using 1:2 with linespoints lw 2 lc rgb "#1b4f9c" title "khttpd", "plots/cached-files.dat" using 1:3 with linespoints lw 2 lc rgb "#2e8b57" title "nginx"
