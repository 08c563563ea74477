set terminal svg size 900,420 font "sans,12" background "white"
set output "plots/pipeline.svg"
set title "16-deep pipeline"
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
plot "plots/pipeline.dat" using 2:xtic(1) title columnheader(2) lc rgb "#1b4f9c", "plots/pipeline.dat" using 3:xtic(1) title columnheader(3) lc rgb "#7fa3d6", "plots/pipeline.dat" using 4:xtic(1) title columnheader(4) lc rgb "#444444", "plots/pipeline.dat" using 5:xtic(1) title columnheader(5) lc rgb "#777777", "plots/pipeline.dat" using 6:xtic(1) title columnheader(6) lc rgb "#aaaaaa", "plots/pipeline.dat" using 7:xtic(1) title columnheader(7) lc rgb "#2e8b57", "plots/pipeline.dat" using 8:xtic(1) title columnheader(8) lc rgb "#9fd3b5", "plots/pipeline.dat" using 9:xtic(1) title columnheader(9) lc rgb "#d98e04", "plots/pipeline.dat" using 10:xtic(1) title columnheader(10) lc rgb "#b5443a", "plots/pipeline.dat" using 11:xtic(1) title columnheader(11) lc rgb "#8a5aa8", "plots/pipeline.dat" using 12:xtic(1) title columnheader(12) lc rgb "#3aa6a6"
