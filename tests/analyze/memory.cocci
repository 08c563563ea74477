// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Memory: used unchecked, used after it was freed, not freed on a way out, or of a size that a
// multiplication makes, which may wrap around (struct_size() and array_size() do not).

@unchecked exists@
type T;
identifier x, f;
expression E;
position a, p;
@@
(
T x = \(kmalloc@a\|kzalloc@a\|kvmalloc@a\|kvzalloc@a\|kmalloc_node@a\|kzalloc_node@a\|kstrdup@a\|
	kmem_cache_zalloc@a\|kh_alloc@a\|kh_held_alloc@a\)(...);
|
x = \(kmalloc@a\|kzalloc@a\|kvmalloc@a\|kvzalloc@a\|kmalloc_node@a\|kzalloc_node@a\|kstrdup@a\|
      kmem_cache_zalloc@a\|kh_alloc@a\|kh_held_alloc@a\)(...)
)
... when != x
\(x->f@p\|*x@p\|x[E]@p\|memset@p(x, ...)\|memcpy@p(x, ...)\)

@script:python@
p << unchecked.p;
x << unchecked.x;
@@
coccilib.report.print_report(p[0], "%s is used and was not compared with NULL" % x)

@freed exists@
identifier x;
expression E;
position p, q;
@@
\(kfree@p\|kvfree@p\|kh_free@p\|put_page@p\|fput@p\|kh_cache_put@p\|kh_body_put@p\)(x);
... when != x = E
    when != &x
x@q

@script:python@
p << freed.p;
q << freed.q;
x << freed.x;
@@
# What stands before it is the next turn of a loop, which gives it another value.
if int(q[0].line) > int(p[0].line):
	coccilib.report.print_report(q[0], "%s was given back in line %s" % (x, p[0].line))

@leak exists@
type T;
identifier x, f, g;
expression E, C;
position a, r;
statement S;
@@
(
T x = \(kmalloc@a\|kzalloc@a\|kvmalloc@a\|kvzalloc@a\|kstrdup@a\|kmem_cache_zalloc@a\|kh_alloc@a\)(...);
|
x = \(kmalloc@a\|kzalloc@a\|kvmalloc@a\|kvzalloc@a\|kstrdup@a\|kmem_cache_zalloc@a\|kh_alloc@a\)(...)
)
... when != x
if (\(!x\|x == NULL\)) S
... when != g(..., x, ...)
    when != g(..., &x->f, ...)
    when != E = x
    when != E = &x->f
(
return <+... x ...+>;
|
return@r C;
)

@script:python@
a << leak.a;
r << leak.r;
@@
coccilib.report.print_report(r[0], "returns without what line %s allocated" % a[0].line)

@product@
expression E, F;
constant C;
position p;
@@
\(kmalloc@p\|kzalloc@p\|kvmalloc@p\|kvzalloc@p\|kh_alloc@p\)(
(
  C * sizeof(...)
|
  sizeof(...) * C
|
  <+... E * F ...+>
), ...)

@script:python@
p << product.p;
@@
coccilib.report.print_report(p[0], "a size that is a product: struct_size() or array_size()")
