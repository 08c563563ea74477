-- SPDX-License-Identifier: MIT OR GPL-2.0-only
-- Loaded before every workload's own script: prints what wrk's text leaves out, as one line of JSON.
function done(summary, latency)
	io.write(string.format(
		'JSON {"requests":%d,"bytes":%d,"duration_us":%d,"errors":{"connect":%d,"read":%d,' ..
		'"write":%d,"status":%d,"timeout":%d},"p50_us":%.1f,"p99_us":%.1f,"p999_us":%.1f}\n',
		summary.requests, summary.bytes, summary.duration, summary.errors.connect,
		summary.errors.read, summary.errors.write, summary.errors.status,
		summary.errors.timeout, latency:percentile(50), latency:percentile(99),
		latency:percentile(99.9)))
end
