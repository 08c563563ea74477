// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A plugin of QEMU that names cache lines which the kernel writes on more than one CPU, each time
 * anew: those are what processors take from each other. Between the instructions that mark a
 * beginning and an end (see marks below) it counts the writes to each line of kernel memory, by CPU
 * and by the instruction, and how often the writer is another CPU than the one before; and all
 * instructions.
 *
 * For a machine that runs its CPUs in turn (thread=single), so nothing here is locked. Debian
 * 12 has no header of the interface, whose first version this is; later ones have the same names.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_MEM_W = 2 };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*then)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int operation,
					      void *counter, uint64_t operand);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*then)(unsigned int, void *), int flags,
					    void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*then)(unsigned int, qemu_plugin_meminfo_t, uint64_t,
						   void *),
				      int flags, int rw, void *data);

bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define LINE_SHIFT 6
#define KERNEL 0xffff800000000000ULL
#define SLOTS (1u << 20)
#define WRITERS 12

/* Of one line: an instruction that wrote it, on one CPU. */
struct writer {
	uint64_t pc;
	uint32_t count;
	uint32_t cpu;
};

struct line {
	uint64_t number; /* the address without its last bits; 0 for none */
	uint32_t turns;	 /* writes of another CPU than the one before */
	uint32_t last;
	struct writer writers[WRITERS];
};

static struct line lines[SLOTS];
static uint32_t used;
static bool counting;
static uint64_t instructions, before; /* in all, and up to the beginning */
static FILE *out;

/* No compiler makes these exchanges of a register with itself: user space's marks. */
static const uint8_t mark_begin[] = {0x48, 0x87, 0xdb};
static const uint8_t mark_end[] = {0x48, 0x87, 0xc9};

static struct line *line_of(uint64_t number)
{
	uint32_t at = (number * 0x9e3779b97f4a7c15ULL) >> 44;

	while (lines[at].number && lines[at].number != number)
		at = (at + 1) % SLOTS;
	if (!lines[at].number) {
		if (used == SLOTS / 2)
			return NULL;
		used++;
		lines[at].number = number;
		lines[at].last = UINT32_MAX;
	}
	return &lines[at];
}

/* More writers than there is room for are left out; the turns are counted all the same. */
static void count_writer(struct line *line, uint32_t cpu, uint64_t pc)
{
	for (int i = 0; i < WRITERS; i++) {
		struct writer *w = &line->writers[i];

		if (w->count && (w->pc != pc || w->cpu != cpu))
			continue;
		*w = (struct writer){.pc = pc, .count = w->count + 1, .cpu = cpu};
		return;
	}
}

static void written(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct line *line;

	if (!counting || address < KERNEL || !qemu_plugin_mem_is_store(info))
		return;
	line = line_of(address >> LINE_SHIFT);
	if (!line)
		return;
	if (line->last != UINT32_MAX && line->last != cpu)
		line->turns++;
	line->last = cpu;
	count_writer(line, cpu, (uintptr_t)data);
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	memset(lines, 0, sizeof(lines));
	used = 0;
	before = instructions;
	counting = true;
}

/* A line "LINE TURNS" for each that has changed hands, and "PC CPU COUNT" for each writer. */
static void end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	counting = false;
	fprintf(out, "measured %" PRIu64 "%s\n", instructions - before,
		used == SLOTS / 2 ? " full" : "");
	for (uint32_t at = 0; at < SLOTS; at++) {
		const struct line *line = &lines[at];

		if (!line->turns)
			continue;
		fprintf(out, "line %" PRIx64 " %" PRIu32 "\n", line->number << LINE_SHIFT,
			line->turns);
		for (int i = 0; i < WRITERS && line->writers[i].count; i++)
			fprintf(out, "by %" PRIx64 " %" PRIu32 " %" PRIu32 "\n",
				line->writers[i].pc, line->writers[i].cpu, line->writers[i].count);
	}
	fflush(out);
}

static bool is(const struct qemu_plugin_insn *insn, const uint8_t mark[3])
{
	return qemu_plugin_insn_size(insn) == 3 && !memcmp(qemu_plugin_insn_data(insn), mark, 3);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &instructions,
						 qemu_plugin_tb_n_insns(tb));
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);

		if (pc >= KERNEL)
			qemu_plugin_register_vcpu_mem_cb(insn, written, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, (void *)(uintptr_t)pc);
		else if (is(insn, mark_begin))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
		else if (is(insn, mark_end))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

/* Its argument is out=FILE. */
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info *info,
							       int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "lines.so: the argument is out=FILE\n");
		return -1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out) {
		perror(argv[0] + 4);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
