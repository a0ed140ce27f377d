/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * bpfps_targets.h - restricts a program to some processes, commands, users and
 * cgroups. Include it after bpfps.h, and ask in each program, before anything
 * else is done:
 *
 *	if (!bpfps_is_target())
 *		return 0;
 *
 * A loader that knows nothing of it leaves everything a target, and the question
 * then costs one read. BpfPS fills the map, before the programs are attached and
 * while they run. Of each kind that is restricted, one has to fit: -ProcessId 7, 8
 * with -User 33 means one of the two processes, if it is of that user.
 */
#ifndef BPFPS_TARGETS_H
#define BPFPS_TARGETS_H

enum bpfps_target_kind {
	BPFPS_PROCESS,
	BPFPS_COMMAND,
	BPFPS_USER,
	BPFPS_CGROUP,	/* and those below it */
};

struct bpfps_target {
	__u64 kind;
	union {
		__u64 number;
		char command[16];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct bpfps_target);
	__type(value, __u8);
} bpfps_targets SEC(".maps") BPFPS_INTERNAL;

/* A bit for each kind that is restricted, and for each level of the tree at which a wanted cgroup is. */
volatile __u32 bpfps_target_kinds;
volatile __u32 bpfps_target_levels;

/* Children that found no room in the map. */
__u64 bpfps_children_missed;

#define BPFPS_CGROUP_LEVELS 16

static __always_inline bool bpfps_has_target(struct bpfps_target *target)
{
	return bpf_map_lookup_elem(&bpfps_targets, target);
}

/* An initializer need not clear all of a union, and the map compares all of a key. */
static __always_inline void bpfps_clear_target(struct bpfps_target *target, __u64 kind)
{
	__builtin_memset(target, 0, sizeof(*target));
	target->kind = kind;
}

/* A function of its own, so that a program that asks in several places does not have it several times. */
static __attribute__((noinline, unused)) int bpfps_match_target(void)
{
	struct bpfps_target target;
	__u32 kinds = bpfps_target_kinds, levels = bpfps_target_levels;
	int level;

	bpfps_clear_target(&target, BPFPS_PROCESS);
	if (kinds & 1 << BPFPS_PROCESS) {
		target.number = bpf_get_current_pid_tgid() >> 32;
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_USER) {
		target.kind = BPFPS_USER;
		target.number = (__u32)bpf_get_current_uid_gid();
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (kinds & 1 << BPFPS_COMMAND) {
		target.kind = BPFPS_COMMAND;
		bpf_get_current_comm(target.command, sizeof(target.command));
		if (!bpfps_has_target(&target))
			return 0;
	}
	if (!(kinds & 1 << BPFPS_CGROUP))
		return 1;
	bpfps_clear_target(&target, BPFPS_CGROUP);
	for (level = 0; level < BPFPS_CGROUP_LEVELS; level++) {
		if (!(levels & 1 << level))
			continue;
		target.number = bpf_get_current_ancestor_cgroup_id(level);
		if (target.number && bpfps_has_target(&target))
			return 1;
	}
	return 0;
}

/* Whether the current task is one of those that are wanted. */
static __always_inline bool bpfps_is_target(void)
{
	return !bpfps_target_kinds || bpfps_match_target();
}

#ifndef BPFPS_WITHOUT_CHILDREN
/*
 * Children of the wanted processes are wanted too. Loaded only when that was
 * asked for. The two members of the kernel's struct are found by CO-RE.
 */
struct task_struct___bpfps {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

#define bpfps_read_task(task, member)						\
	({									\
		int bpfps_value = 0;						\
										\
		bpf_probe_read_kernel(&bpfps_value, sizeof(bpfps_value),	\
				      __builtin_preserve_access_index(&(task)->member)); \
		bpfps_value;							\
	})

SEC("?raw_tp/sched_process_fork")
int bpfps_follow_fork(__u64 *ctx)
{
	struct task_struct___bpfps *child = (void *)ctx[1];
	struct bpfps_target target;
	__u8 yes = 1;

	bpfps_clear_target(&target, BPFPS_PROCESS);
	target.number = bpf_get_current_pid_tgid() >> 32;
	if (!bpfps_has_target(&target))
		return 0;
	target.number = bpfps_read_task(child, tgid);
	if (bpf_map_update_elem(&bpfps_targets, &target, &yes, BPF_ANY))
		__sync_fetch_and_add(&bpfps_children_missed, 1);
	return 0;
}

/*
 * The number of a process that has ended is another one's some day, but not before
 * its parent has been told. Until then it still does things: its first thread need
 * not be the last one, and that it ends is asked about too.
 */
SEC("?raw_tp/sched_process_free")
int bpfps_follow_exit(__u64 *ctx)
{
	struct task_struct___bpfps *task = (void *)ctx[0];
	struct bpfps_target target;

	bpfps_clear_target(&target, BPFPS_PROCESS);
	target.number = bpfps_read_task(task, tgid);
	if (target.number == (__u64)bpfps_read_task(task, pid))
		bpf_map_delete_elem(&bpfps_targets, &target);
	return 0;
}

#endif /* BPFPS_WITHOUT_CHILDREN */

#endif /* BPFPS_TARGETS_H */
