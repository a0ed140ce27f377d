/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * holders - which processes hold which BPF programs open.
 *
 * Why: the alternative reads every descriptor of every process in /proc, with
 * two or three system calls for each. Here the kernel walks them itself.
 *
 * Not a tool: the engine loads it for Get-BpfProgram, reads it once and
 * unloads it.
 *
 * A file is recognised by its name among the kernel's anonymous inodes, not by
 * its file_operations as in bpftool: /proc/kallsyms has their addresses only if
 * the kernel was built with CONFIG_KALLSYMS_ALL, and looking them up there takes
 * longer than everything else. Only the kernel assigns names in that file
 * system.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

#define ANON_INODE_FS_MAGIC	0x09041934
#define NAME_ROOM		sizeof("bpf-prog")

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_link {
	struct bpf_prog *prog;
};

struct super_block {
	unsigned long s_magic;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
	struct super_block *d_sb;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	void *private_data;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

/* One for each descriptor: a process with two descriptors for a program appears twice. */
struct holder {
	__u32 program;
	__u32 pid;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct holder) == 24, "the size that the reader expects");

BPFPS_TOOL("Internal: the processes that hold BPF programs open.");

static bool is(const char *name, const char *other)
{
	int i;

	for (i = 0; i < (int)NAME_ROOM; i++)
		if (name[i] != other[i])
			return false;
	return true;
}

SEC("iter/task_file")
int holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct holder holder = {};
	char name[NAME_ROOM] = {};
	struct task_struct *leader;
	struct bpf_prog_aux *aux;
	struct dentry *dentry;
	struct bpf_prog *prog;
	struct bpf_link *link;
	void *object;

	if (!task || !file)
		return 0;
	dentry = file->f_path.dentry;
	if (dentry->d_sb->s_magic != ANON_INODE_FS_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), dentry->d_name.name);
	object = file->private_data;
	if (is(name, "bpf-prog")) {
		prog = object;
	} else if (is(name, "bpf_link") || is(name, "bpf-link")) {
		/* A process that holds the link holds the program. */
		link = object;
		if (bpf_probe_read_kernel(&prog, sizeof(prog), __builtin_preserve_access_index(&link->prog)))
			return 0;
	} else {
		return 0;
	}
	/* A struct_ops link has no program. */
	if (!prog || bpf_probe_read_kernel(&aux, sizeof(aux), __builtin_preserve_access_index(&prog->aux)) ||
	    bpf_probe_read_kernel(&holder.program, sizeof(holder.program), __builtin_preserve_access_index(&aux->id)))
		return 0;
	/* The name of a process is the name of its first thread. */
	leader = task->group_leader;
	holder.pid = task->tgid;
	bpf_probe_read_kernel_str(holder.comm, sizeof(holder.comm), leader->comm);
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}
