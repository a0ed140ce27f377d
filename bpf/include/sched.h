/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * sched.h - tasks that are not the current one: what state they are in, and
 * whether they are targets (bpfps_targets.h). Include it after task.h.
 */
#ifndef BPFPS_SCHED_H
#define BPFPS_SCHED_H

/* More states of a task than kernel.h has. Of those that fell asleep in a way of their own (a freezer) no bit is set. */
enum {
	TASK_INTERRUPTIBLE = 0x1,
	TASK_UNINTERRUPTIBLE = 0x2,
	TASK_STOPPED = 0x4,
	TASK_TRACED = 0x8,
	TASK_PARKED = 0x40,
	TASK_NOLOAD = 0x400,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	int level;
	struct cgroup *ancestors[0];	/* Linux 6.1 or later */
};

struct cgroup___before_6_1 {
	__u64 ancestor_ids[0];
};

struct cgroup___node {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

/* What kernel.h leaves out of it. */
struct task_struct___owner {
	const struct cred *cred;
	struct css_set *cgroups;
};

#pragma clang attribute pop

/* Of an argument of a tracepoint. */
static __always_inline unsigned int state_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return ((struct task_struct___before_5_14 *)task)->state;
}

static __always_inline __u32 uid_of(struct task_struct *task)
{
	return BPF_CORE_READ((struct task_struct___owner *)task, cred, uid.val);
}

static __always_inline __u64 cgroup_of(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ((struct task_struct___owner *)task, cgroups, dfl_cgrp);

	return BPF_CORE_READ((struct cgroup___node *)cgroup, kn, id);
}

/* What a task waits for, in one word: what ps shows as a letter. */
enum wait_state {
	UNKNOWN,
	SLEEPING,		/* S: something may happen; a signal ends it */
	UNINTERRUPTIBLE,	/* D: something will happen, such as the end of a request to a disk */
	IDLE,			/* I: a thread of the kernel has nothing to do */
	STOPPED,		/* T */
	TRACED,			/* t: a debugger has it */
	PARKED,			/* P */
};

static __always_inline enum wait_state wait_state_of(unsigned int state)
{
	if ((state & (TASK_NOLOAD | TASK_UNINTERRUPTIBLE)) == (TASK_NOLOAD | TASK_UNINTERRUPTIBLE))
		return IDLE;
	return state & TASK_INTERRUPTIBLE ? SLEEPING
		: state & TASK_UNINTERRUPTIBLE ? UNINTERRUPTIBLE
		: state & TASK_STOPPED ? STOPPED
		: state & TASK_TRACED ? TRACED
		: state & TASK_PARKED ? PARKED
		: UNKNOWN;
}

/* The id of a cgroup or of one above it, by its level below the root; 0 if it has none there. */
static __always_inline __u64 bpfps_ancestor_of(struct cgroup *cgroup, int level)
{
	struct cgroup___before_6_1 *old = (void *)cgroup;
	struct cgroup___node *ancestor = NULL;
	__u64 id = 0;

	if (level > BPF_CORE_READ(cgroup, level))
		return 0;
	if (!bpf_core_field_exists(cgroup->ancestors)) {
		bpf_probe_read_kernel(&id, sizeof(id), &old->ancestor_ids[0] + level);
		return id;
	}
	bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[0] + level);
	return BPF_CORE_READ(ancestor, kn, id);
}

/* As bpfps_match_target(), of a given task. */
static __attribute__((noinline, unused)) int bpfps_match_target_task(struct task_struct *task)
{
	struct bpfps_target target;
	__u32 kinds = bpfps_target_kinds, levels = bpfps_target_levels;
	struct cgroup *cgroup;
	int level;

	bpfps_clear_target(&target, BPFPS_PROCESS);
	if (kinds & 1 << BPFPS_PROCESS) {
		target.number = BPF_CORE_READ(task, tgid);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_USER) {
		target.kind = BPFPS_USER;
		target.number = uid_of(task);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_COMMAND) {
		target.kind = BPFPS_COMMAND;
		BPF_CORE_READ_STR_INTO(&target.command, task, comm);
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (!(kinds & 1 << BPFPS_CGROUP))
		return 1;
	bpfps_clear_target(&target, BPFPS_CGROUP);
	cgroup = BPF_CORE_READ((struct task_struct___owner *)task, cgroups, dfl_cgrp);
	for (level = 0; level < BPFPS_CGROUP_LEVELS; level++) {
		if (!(levels & 1 << level))
			continue;
		target.number = bpfps_ancestor_of(cgroup, level);
		if (target.number && bpfps_has_target(&target))
			return 1;
	}
	return 0;
}

/* Whether a task, which need not be the current one, is one of those that are wanted. */
static __always_inline bool bpfps_is_target_task(struct task_struct *task)
{
	return !bpfps_target_kinds || bpfps_match_target_task(task);
}

#endif /* BPFPS_SCHED_H */
