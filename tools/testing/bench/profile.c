// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile.so: a plugin of QEMU that counts executed instructions by address,
 * between the marks that bench-io --markers makes.
 *
 *   scripts/vm --plugin build/bench/profile.so,out=FILE ...
 *
 * Each pair of marks appends to FILE a line "begin", then a line
 * "<address> <executions> <instructions>" for each translated block that ran,
 * then "end". tools/testing/bench/profile-report makes functions of it.
 *
 * Exact but for blocks that an interrupt or a fault leaves early, which count
 * whole.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

int qemu_plugin_version = 1;

struct block {
	struct block *next;
	uint64_t address;
	uint64_t nr_instructions;
	uint64_t nr_executions;
};

static struct block *blocks;
static FILE *out;

static const uint8_t mark[] = { 0x0f, 0x1f, 0x80, 0x44, 0x56, 0x46 };

static void begin_marked(unsigned int vcpu, void *context)
{
	struct block *block;

	for (block = blocks; block; block = block->next)
		block->nr_executions = 0;
}

static void end_marked(unsigned int vcpu, void *context)
{
	struct block *block;

	fprintf(out, "begin\n");
	for (block = blocks; block; block = block->next)
		if (block->nr_executions)
			fprintf(out, "%llx %llu %llu\n",
				(unsigned long long)block->address,
				(unsigned long long)block->nr_executions,
				(unsigned long long)block->nr_instructions);
	fprintf(out, "end\n");
	fflush(out);
}

static void look_for_mark(struct qemu_plugin_insn *insn)
{
	const uint8_t *data = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) != sizeof(mark) + 1 ||
	    memcmp(data, mark, sizeof(mark)))
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, data[sizeof(mark)] == 1 ?
					       begin_marked : end_marked,
					       QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* A block that is translated anew is a new one; the report adds them up. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->nr_instructions = n;
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &block->nr_executions, 1);
	for (i = 0; i < n; i++)
		look_for_mark(qemu_plugin_tb_get_insn(tb, i));
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	const char *path = NULL;
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			path = argv[i] + 4;
	out = path ? fopen(path, "w") : NULL;
	if (!out) {
		fprintf(stderr, "profile: out=FILE is missing or can not be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
