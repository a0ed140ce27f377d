/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * nameless - an iterator that writes records about process 2, kthreadd, of
 * one of two structs of the same size.
 *
 * Serves the property "records whose struct nothing tells are bytes, and a
 * warning names the structs that they can be".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

BPFPS_TOOL("Test: a task as a record of one of two structs.");

struct one_line {
	__u32 tid;
	__u32 zero;
	__u64 more;
};

struct other_line {
	__u64 words[2];
};

/* Something has to mention them in a stripped object, but not as the records. */
struct one_line one;
struct other_line other;

SEC("iter/task")
int nameless(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct one_line line = {};

	if (!task || task->pid != 2)
		return 0;
	line.tid = task->pid;
	bpf_seq_write(ctx->meta->seq, &line, sizeof(line));
	return 0;
}
