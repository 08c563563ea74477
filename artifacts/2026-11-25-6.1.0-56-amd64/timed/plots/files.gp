set terminal svg size 900,420 font "sans,12" background "white"
set output "plots/files.svg"
set title "small files"
set grid ytics lc '#dddddd'
set yrange [0:*]
set format y "%.0f"
set ylabel "requests/s"
set key outside right top
set datafile missing "-"
set style data histogram
set style histogram clustered
set style fill solid
set xtics rotate by -12
plot "plots/files.dat" using 2:xtic(1) title columnheader(2) lc rgb "#1b4f9c", "plots/files.dat" using 3:xtic(1) title columnheader(3) lc rgb "#7fa3d6", "plots/files.dat" using 4:xtic(1) title columnheader(4) lc rgb "#2e8b57", "plots/files.dat" using 5:xtic(1) title columnheader(5) lc rgb "#d98e04", "plots/files.dat" using 6:xtic(1) title columnheader(6) lc rgb "#b5443a"
