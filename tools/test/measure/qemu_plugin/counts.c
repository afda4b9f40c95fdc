// SPDX-License-Identifier: GPL-2.0
/*
 * A QEMU plugin that counts what an x86-64 guest executes between two markers
 * (bench_mark() of tools/testmods/bench/mark.h), on one CPU:
 *
 *   -plugin counts.so,log=FILE
 *   region <n> insns <i> loads <l> stores <s> branches <b> calls <c> l1d_misses <m>
 *
 * Markers themselves do not count. A repeated string instruction counts once for each
 * step, like with QEMU's -icount. Branches are jumps, taken or not, and returns; calls
 * are counted separately. A locked or other read-modify-write instruction is a load and
 * a store. QEMU splits vector accesses into pieces of 8 bytes.
 *
 * Only kernel code counts, recognised by its address, so regions must be in the kernel.
 *
 * The cache is an L1 data cache of 32 KiB, 8 ways, lines of 64 bytes, LRU replacement,
 * allocating on stores too. An access across two lines touches both. The model runs from
 * the start of the kernel, so a region starts with realistic contents. It uses virtual
 * addresses: all index bits of such a cache are within a page, and in the kernel's direct
 * map, where no line has two addresses, physical tags would miss equally often. Page table
 * walks are not modelled.
 */
#include <stdio.h>
#include <string.h>

#include "qemu_plugin.h"

#define EXPORT	__attribute__((visibility("default")))

#define LINE_SHIFT	6
#define WAYS		8
#define SETS		(32 * 1024 / WAYS >> LINE_SHIFT)

#define COUNTERS(X)	X(insns) X(loads) X(stores) X(branches) X(calls) X(l1d_misses)

/* 64 bits wide, as QEMU's inline additions require. */
struct counters {
#define FIELD(name)	unsigned long name;
	COUNTERS(FIELD)
#undef FIELD
};

EXPORT int qemu_plugin_version = 1;

static const uint8_t mark[] = { 0x66, 0x87, 0xdb };	/* xchg %bx,%bx */

static FILE *out;
static struct counters now;	/* counts since the machine started */
static struct counters start;	/* counts at the start of the region */
static unsigned long regions;
static bool inside;
static uint64_t cache[SETS][WAYS];	/* line number + 1, most recently used first */

static void touch(uint64_t line)
{
	uint64_t *set = cache[line % SETS];
	unsigned int way;

	for (way = 0; way < WAYS; way++)
		if (set[way] == line + 1)
			break;
	if (way == WAYS) {
		now.l1d_misses++;
		way--;
	}
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = line + 1;
}

static void on_access(unsigned int vcpu, uint32_t info, uint64_t vaddr, void *data)
{
	uint64_t line = vaddr >> LINE_SHIFT;
	uint64_t last = (vaddr + (1u << qemu_plugin_mem_size_shift(info)) - 1) >> LINE_SHIFT;

	if (qemu_plugin_mem_is_store(info))
		now.stores++;
	else
		now.loads++;
	touch(line);
	if (last != line)
		touch(last);
}

static void on_mark(unsigned int vcpu, void *data)
{
	inside = !inside;
	if (inside) {
		start = now;
		return;
	}
	fprintf(out, "region %lu", regions++);
#define PRINT(name)	fprintf(out, " " #name " %lu", now.name - start.name);
	COUNTERS(PRINT)
#undef PRINT
	fputc('\n', out);
}

/* Legacy and REX prefixes, before the opcode. */
static bool is_prefix(uint8_t byte)
{
	return memchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", byte, 11) ||
	       (byte & 0xf0) == 0x40;
}

/* The counter besides insns that this instruction increments, or NULL. */
static unsigned long *flow_counter(const uint8_t *code, size_t size)
{
	uint8_t op, next;

	while (size > 1 && is_prefix(*code)) {
		code++;
		size--;
	}
	op = code[0];
	next = size > 1 ? code[1] : 0;
	if (op == 0xff) {
		uint8_t reg = next >> 3 & 7;

		return reg == 2 || reg == 3 ? &now.calls :
		       reg == 4 || reg == 5 ? &now.branches : NULL;
	}
	if (op == 0xe8)
		return &now.calls;
	if ((op & 0xf0) == 0x70 || (op == 0x0f && (next & 0xf0) == 0x80) ||	/* jcc */
	    (op >= 0xe0 && op <= 0xe3) || op == 0xe9 || op == 0xeb ||		/* loop, jmp */
	    (op & 0xf6) == 0xc2 || op == 0xcf)					/* returns */
		return &now.branches;
	return NULL;
}

static void on_insn(struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);
	unsigned long *flow = flow_counter(code, size);

	if (size == sizeof(mark) && !memcmp(code, mark, size)) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_NO_REGS, NULL);
		return;
	}
	qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_ADD_U64, &now.insns, 1);
	if (flow)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_ADD_U64, flow, 1);
	qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_NO_REGS,
					 QEMU_PLUGIN_LOADS_AND_STORES, NULL);
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	if (!(qemu_plugin_tb_vaddr(tb) >> 63))
		return;
	for (i = 0; i < n; i++)
		on_insn(qemu_plugin_tb_get_insn(tb, i));
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc,
			       char **argv)
{
	if (!info->system || strcmp(info->target, "x86_64") || info->max_vcpus != 1) {
		fprintf(stderr, "counts: only for qemu-system-x86_64 with -smp 1\n");
		return -1;
	}
	if (argc != 1 || strncmp(argv[0], "log=", 4)) {
		fprintf(stderr, "counts: give it the one argument log=FILE\n");
		return -1;
	}
	out = fopen(argv[0] + 4, "w");
	if (!out) {
		perror(argv[0] + 4);
		return -1;
	}
	setvbuf(out, NULL, _IOLBF, 0);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
