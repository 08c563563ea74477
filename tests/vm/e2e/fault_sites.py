# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The calls in the module's code that fail when there is no memory or a page of user space is away,
found in its object file; and a way to make one of them fail."""

import contextlib
import fnmatch
import functools
import itertools
import os
import re
import struct
import typing

import khttpd
import system

# Functions of the kernel that allocate, or copy to or from user space, for whoever calls them.
MAY_FAIL = """
    __kmalloc* kmalloc_trace* kmalloc_large* kmalloc_node_trace* kmem_cache_alloc* kmemdup* kstrdup*
    kvmalloc* __kvmalloc* alloc_pages* __alloc_pages* get_free_pages* __get_free_pages*
    __alloc_percpu* pcpu_alloc* kmem_cache_create* __kmem_cache_create* alloc_workqueue*
    __ring_buffer_alloc* _proc_mkdir proc_create_* register_pernet_subsys register_shrinker
    shrinker_alloc smpboot_register_percpu_thread sock_create_kern kernel_bind kernel_listen
    kernel_accept tcp_sendmsg_locked kernel_sendpage_locked prepare_creds groups_alloc
    init_srcu_struct __init_srcu_struct
    kern_path vfs_path_lookup lookup_one_positive_unlocked lookup_positive_unlocked dentry_open
    filp_open iterate_dir kernel_read splice_direct_to_actor
    fsverity_get_digest _copy_to_user _copy_from_user copy_to_user copy_from_user
""".split()

# Of the module's own those that hand on what they are asked for: each call of them is a place.
HAND_ON = ("kh_alloc", "kh_held_alloc")

# Functions of the kernel that do neither, or whose lack of memory is none of their caller's.
# sock_common_setsockopt: of the options that are set none needs memory. kernel_listen, once more on
# a socket that listens, changes a number, and is among the above all the same.
NEVER_FAIL = """
    __SC[KT]__* __tracepoint_* __traceiter_* trace_event_* trace_handle_return __trace_trigger_*
    trace_print_symbols_seq trace_raw_output_prep perf_trace_* bpf_trace_run*
    __asan_* __kasan_* __tsan_* __ubsan_* __kcsan_* __gcov_* __sanitizer_*
    __x86_* __fentry__ __stack_chk_fail __warn_printk _printk
    _raw_*lock* __raw_*lock* *mutex* lock_* release_sock lockdep_* debug_* cpus_read_*
    rcu_* __rcu_* *srcu* call_rcu synchronize_rcu refcount_* sched_set_*
    __might_* __cond_resched* preempt_* __local_bh_* schedule schedule_timeout msleep wake_up_*
    __wake_up add_wait_queue remove_wait_queue finish_wait prepare_to_wait_event init_wait_*
    __init_waitqueue_head __var_waitqueue kthread_park work_busy __flush_workqueue flush_work*
    destroy_workqueue __init_work queue_work_on queue_delayed_work_on mod_delayed_work_on mod_timer
    *tasklet_* cancel_* *timer_* ktime_* llist_* __list_*
    __memcpy __memset __memmove memcpy memset memmove memcmp bcmp strlen strnlen strcmp strncmp
    strspn strcspn strim strscpy sized_strscpy scnprintf snprintf kstrto* in4_pton in6_pton
    sysfs_emit seq_printf get_random_bytes __hsiphash_* __siphash_* xxh64* _find_* find_*
    __check_object_size fortify_panic __fortify_* __folio_put put_page __put_* __free_pages free_p*
    kfree kvfree kmem_cache_free kmem_cache_destroy ring_buffer_* shrinker_free shrinker_register
    unregister_* smpboot_unregister_percpu_thread remove_proc_subtree
    sock_common_setsockopt sock_no_linger sock_release sock_set_* sk_net_refcnt_upgrade
    tcp_read_sock tcp_sock_set_nodelay tcp_stream_memory_free skb_*seq_read
    iov_iter_* override_creds revert_creds path_get path_put dput dget_parent lockref_get mntget
    fput filp_close strchrnul
    vfs_getattr* inode_permission rw_verify_area security_file_post_open ima_file_check stream_open
    __fsnotify_parent fsnotify __splice_from_pipe *ns_capable seq_write strcat
    make_kuid make_kgid set_groups groups_free key_put __put_net cleanup_srcu_struct param_get_*
    __bitmap_weight sprintf
""".split()

# Sections that name functions which may be called; others name all that there are.
REFERRING = """
    .text* .init.text* .exit.text* .data* .rodata* .init_array* .gnu.linkonce.this_module __param*
""".split()

EXECUTABLE = 4
UNDEFINED = 0
PROGBITS, SYMTAB, RELA = 1, 2, 4
FUNCTION = 2
CALL, JUMP = 0xe8, 0xe9


class Site(typing.NamedTuple):
    """A call: the function that makes it and the one that is called, and where it returns to."""
    function: str
    callee: str
    section: str
    offset: int

    def address(self, sections):
        return sections[self.section] + self.offset

    @property
    def name(self):
        """Without what the compiler has added."""
        return f"{self.function.split('.')[0]}: {self.callee}"


class Symbol(typing.NamedTuple):
    name: str
    kind: int
    section: int
    value: int
    size: int


class Object:
    """As much of an object file (ELF, x86-64) as tells who calls whom."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        assert self.data[:5] == b"\x7fELF\x02", path
        start, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        # name, type, flags, address, offset, size, link, info, alignment, size of an entry
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, start + size * number)
                         for number in range(count)]
        self.names = [self.text(names, section[0]) for section in self.sections]
        table = next(section for section in self.sections if section[1] == SYMTAB)
        self.symbols = [self.symbol(table[6], table[4] + 24 * number)
                        for number in range(table[5] // 24)]

    def text(self, section, offset):
        start = self.sections[section][4] + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def symbol(self, strings, at):
        name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
        return Symbol(self.text(strings, name), info & 15, section, value, size)

    @functools.lru_cache(maxsize=None)
    def functions(self, section):
        return [symbol for symbol in self.symbols
                if symbol.section == section and symbol.kind == FUNCTION]

    def function_at(self, section, offset):
        return next((symbol.name for symbol in self.functions(section)
                     if symbol.value <= offset < symbol.value + symbol.size), "?")

    def relocated(self):
        """(section, offset of the operand, callee) of each call and jump left to the linker."""
        for _, kind, _, _, offset, size, _, section, _, _ in self.sections:
            if kind != RELA or not self.sections[section][2] & EXECUTABLE:
                continue
            for at in range(offset, offset + size, 24):
                place, info, _ = struct.unpack_from("<QQq", self.data, at)
                yield section, place, self.symbols[info >> 32]

    def resolved(self, others):
        """The same of those between functions of one section, which the assembler has filled in;
        `others` are the (section, offset) of those that it has not."""
        for section, (_, kind, flags, _, start, size, *_) in enumerate(self.sections):
            if kind != PROGBITS or not flags & EXECUTABLE:
                continue
            entries = {symbol.value: symbol for symbol in self.functions(section)}
            code = self.data[start:start + size]
            for match in re.finditer(rb"[\xe8\xe9]", code[:-4]):
                place = match.end()
                target = place + 4 + struct.unpack_from("<i", code, place)[0]
                # By chance the bytes of another instruction mean one in some billions.
                if target in entries and (section, place) not in others:
                    yield section, place, entries[target]

    @functools.cached_property
    def referred(self):
        """(section, offset) of what some code or data of the module refers to, be it to call it:
        where all calls of a function are inlined, it may be left over and never run."""
        found = set()
        for _, kind, _, _, offset, size, _, section, _, _ in self.sections:
            if kind != RELA or not one_of(self.names[section], REFERRING):
                continue
            for at in range(offset, offset + size, 24):
                _, info, addend = struct.unpack_from("<QQq", self.data, at)
                symbol = self.symbols[info >> 32]
                # Relative to the end of an operand of four bytes, or absolute.
                found |= {(symbol.section, symbol.value + addend + more) for more in (0, 4)}
        found |= {(symbol.section, symbol.value) for _, _, symbol in self.resolved(set())}
        return found

    def is_left_over(self, section, name):
        symbols = [symbol for symbol in self.functions(section) if symbol.name == name]
        return bool(symbols) and ".cold" not in name and all(
            (section, symbol.value) not in self.referred for symbol in symbols)

    def calls(self):
        """(section, offset of the operand, callee, whether it is a jump) of each."""
        relocated = list(self.relocated())
        others = {(section, place) for section, place, _ in relocated}
        for section, place, callee in [*relocated, *self.resolved(others)]:
            at = self.sections[section][4] + place
            before = self.data[at - 1]
            # The second byte of a conditional jump over 32 bits is 0x8?, after 0x0f.
            conditional = before & 0xf0 == 0x80 and self.data[at - 2] == 0x0f
            if before in (CALL, JUMP) or conditional:
                yield section, place, callee, before != CALL


def one_of(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def unjudged(calls):
    """The functions of the kernel that are called and in neither of the lists."""
    return sorted({callee.name for _, _, callee, _ in calls if callee.section == UNDEFINED and
                   not one_of(callee.name, MAY_FAIL + NEVER_FAIL)})


def sites_of(path):
    """Every place in the module's code, and what is unjudged()."""
    module = Object(path)
    calls = list(module.calls())
    targets = {callee.name for _, _, callee, _ in calls if callee.section == UNDEFINED and
               one_of(callee.name, MAY_FAIL)}
    own = set(HAND_ON)
    # Where a function ends with a jump to one of them, what it returns to is its caller.
    jumpers = own
    while jumpers:
        targets |= jumpers
        jumpers = {module.function_at(section, place) for section, place, callee, jump in calls
                   if jump and callee.name in targets} - targets
        own |= jumpers
    sites = {Site(function, callee.name, module.names[section], place + 4)
             for section, place, callee, jump in calls if callee.name in targets and not jump
             for function in [module.function_at(section, place)]
             if callee.name not in own or function not in own
             if not module.is_left_over(section, function)}
    return sorted(sites), unjudged(calls)


def sections():
    """Where the parts of the module lie; of those that are for its start alone, where they lay."""
    found = {}
    folder = "/sys/module/khttpd/sections/"
    for name in os.listdir(folder):
        with open(folder + name, encoding="ascii") as file:
            found[name] = int(file.read(), 16)
    return found


DEBUGFS = "/sys/kernel/debug/"
# Whether faults can be confined to a place.
AVAILABLE = os.path.exists(DEBUGFS + "failslab/require-start")
# Counted down by each failure, to nowhere near its end.
TIMES = 1 << 30


def kinds_of(callee):
    """Whose stack is looked at whenever they are asked for something: no more than need be."""
    return ["fail_usercopy"] if "_user" in callee else ["failslab", "fail_page_alloc"]


@contextlib.contextmanager
def failing_at(site, place):
    """
    Nothing is allocated or copied, in whatever context, below the call that returns to the site in
    a module whose sections lie at `place`; yields a function that tells how often that was so.
    """
    folders = [DEBUGFS + kind + "/" for kind in kinds_of(site.callee)]
    address = site.address(place)

    def set_all(*values):
        for (name, value), folder in itertools.product(values, folders):
            if os.path.exists(folder + name):
                system.write(folder + name, value)

    def failures():
        count = 0
        for folder in folders:
            with open(folder + "times", encoding="ascii") as file:
                count += TIMES - int(file.read())
        return count

    set_all(("probability", 0), ("interval", 1), ("space", 0), ("verbose", 0),
            ("task-filter", "N"), ("cache-filter", "N"), ("ignore-gfp-wait", "N"),
            ("ignore-gfp-highmem", "N"), ("min-order", 0), ("stacktrace-depth", 32),
            ("require-start", address), ("require-end", address + 1), ("times", TIMES),
            ("probability", 100))
    try:
        yield failures
    finally:
        set_all(("probability", 0), ("times", 0), ("require-start", 0),
                ("require-end", (1 << 64) - 1), ("ignore-gfp-wait", "Y"),
                ("ignore-gfp-highmem", "Y"), ("min-order", 1))


@functools.lru_cache(maxsize=None)
def all_sites():
    return sites_of(khttpd.MODULE)
