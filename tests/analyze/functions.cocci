// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The functions that Coccinelle has understood: it leaves out others without a word.

@defined@
identifier fn;
position p;
@@
fn@p(...) { ... }

@script:python@
p << defined.p;
fn << defined.fn;
@@
coccilib.report.print_report(p[0], "function " + fn)
