# SPDX-License-Identifier: MIT OR GPL-2.0-only
# make bench [WORKLOADS="keepalive close"] [SERVERS="khttpd nginx"] [NATIVE=1 [YES=1]] [TIMED=1] [RPS=1]
# [PROFILE=1] [SUITE=sid] [SHARING=1 CPUS=4] [OPEN_LOOP="2000 20000"] [COLD=1]
# [BENCH_SECONDS=N] [BENCH_OUT=DIR]

.PHONY: bench
bench:
	@tools/bench/run $(if $(WORKLOADS),--workloads '$(WORKLOADS)') \
		$(if $(SERVERS),--servers '$(SERVERS)') $(if $(NATIVE),--native) $(if $(YES),--yes) \
		$(if $(TIMED),--timed) $(if $(RPS),--rps) $(if $(PROFILE),--profile) \
		$(if $(SUITE),--suite '$(SUITE)') $(if $(SHARING),--sharing) $(if $(CPUS),--cpus '$(CPUS)') \
		$(if $(COLD),--cold) $(if $(OPEN_LOOP),--open-loop '$(OPEN_LOOP)') \
		$(if $(BENCH_SECONDS),--seconds $(BENCH_SECONDS)) $(if $(BENCH_OUT),--out '$(BENCH_OUT)')

# make bench-compare COMMITS="BEFORE AFTER" BENCH_OUT=DIR [RUNS=5] [WORKLOADS="keepalive close"]
.PHONY: bench-compare
bench-compare:
	@tools/bench/compare $(COMMITS) $(if $(BENCH_OUT),--out '$(BENCH_OUT)') \
		$(if $(RUNS),--runs $(RUNS)) $(if $(WORKLOADS),--workloads '$(WORKLOADS)')
