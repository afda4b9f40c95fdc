/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of QEMU's plugin interface, version 1 (QEMU 4.2 to 8.2), that counts.c uses.
 * Debian's QEMU exports the interface, but no package has its header.
 */
#ifndef QEMU_PLUGIN_H
#define QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_tb;		/* a translated block of instructions */
struct qemu_plugin_insn;	/* an instruction; valid while its block is translated */

/* The guest. */
struct qemu_plugin_info {
	const char *target;
	struct {
		int min;
		int cur;
	} version;
	bool system;
	int smp_vcpus;
	int max_vcpus;
};

enum { QEMU_PLUGIN_NO_REGS };			/* the callback reads no registers */
enum { QEMU_PLUGIN_LOADS_AND_STORES = 3 };
enum { QEMU_PLUGIN_ADD_U64 };

typedef void (*qemu_plugin_translated_t)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_executed_t)(unsigned int vcpu, void *data);
typedef void (*qemu_plugin_accessed_t)(unsigned int vcpu, uint32_t info, uint64_t vaddr,
				       void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_plugin_translated_t cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    qemu_plugin_executed_t cb, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op,
						void *counter, uint64_t add);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_accessed_t cb,
				      int flags, int loads_or_stores, void *data);

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
unsigned int qemu_plugin_mem_size_shift(uint32_t info);
bool qemu_plugin_mem_is_store(uint32_t info);

#endif /* QEMU_PLUGIN_H */
