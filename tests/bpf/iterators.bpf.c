/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * iterators - goes through the kernel's tasks and through a map of its own.
 *
 * Serves the property "what an iterator writes is read, as lines of text or as
 * objects, each time from the beginning".
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

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
};

#pragma clang attribute pop

struct task_line {
	bpfps_pid_t pid;
	__u32 tid;
	char comm[TASK_COMM_LEN];
};

BPFPS_TOOL("Test: tasks as text and as records, and the entries of a map.");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

/* Something has to mention the struct, so that its type is in the object. */
struct task_line *unused_line __attribute__((unused));

SEC("iter/task")
int tasks_as_text(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && task->pid == task->tgid)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %s\n", task->tgid, task->comm);
	return 0;
}

SEC("iter/task")
int tasks_as_records(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_line line = {};

	if (!task)
		return 0;
	line.pid = task->tgid;
	line.tid = task->pid;
	bpf_probe_read_kernel_str(line.comm, sizeof(line.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &line, sizeof(line));
	return 0;
}

SEC("iter/bpf_map_elem")
int elements(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;

	if (key && value)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%u=%llu\n", *key, *value);
	return 0;
}
