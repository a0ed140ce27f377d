/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * task.h - the members that events of the shipped tools have in common: who did
 * it. They are the first of each event, in this order. Include it after kernel.h,
 * the headers of libbpf, and bpfps.h.
 */
#ifndef BPFPS_TASK_H
#define BPFPS_TASK_H

#include "bpfps_targets.h"

/* 48 bytes without a gap. */
#define TASK_MEMBERS			\
	bpfps_time_t time;		\
	bpfps_pid_t pid;		\
	__u32 tid;			\
	__u32 ppid;			\
	__u32 uid;			\
	char comm[TASK_COMM_LEN];	\
	bpfps_cgroup_t cgroup

/* Sets them for the current task, with the time of now. */
#define fill_task(event)								\
	do {										\
		struct task_struct *task_ = (void *)bpf_get_current_task();		\
		__u64 pid_tid_ = bpf_get_current_pid_tgid();				\
											\
		(event)->time = bpf_ktime_get_boot_ns();				\
		(event)->pid = pid_tid_ >> 32;						\
		(event)->tid = pid_tid_;						\
		(event)->ppid = BPF_CORE_READ(task_, real_parent, tgid);		\
		(event)->uid = bpf_get_current_uid_gid();				\
		bpf_get_current_comm((event)->comm, sizeof((event)->comm));		\
		(event)->cgroup = bpf_get_current_cgroup_id();				\
	} while (0)

/* A map that a tool needs for calls in progress, by thread: call_type while the call runs. */
#define CALLS_IN_PROGRESS(call_type)				\
	struct {						\
		__uint(type, BPF_MAP_TYPE_HASH);		\
		__uint(max_entries, 16384);			\
		__type(key, __u32);				\
		__type(value, call_type);			\
	} calls SEC(".maps") BPFPS_INTERNAL;			\
	/* Calls that found no room there: there were more threads in such a call than it has entries. */ \
	__u64 calls_missed

/* Remembers a call of the current thread. */
#define begin_call(call)							\
	do {									\
		__u32 tid_ = bpf_get_current_pid_tgid();			\
										\
		if (bpf_map_update_elem(&calls, &tid_, call, BPF_ANY))		\
			__sync_fetch_and_add(&calls_missed, 1);			\
	} while (0)

/* The call that the current thread is in, or NULL; end_call() forgets it. */
#define current_call()								\
	({									\
		__u32 tid_ = bpf_get_current_pid_tgid();			\
										\
		bpf_map_lookup_elem(&calls, &tid_);				\
	})

#define end_call()								\
	do {									\
		__u32 tid_ = bpf_get_current_pid_tgid();			\
										\
		bpf_map_delete_elem(&calls, &tid_);				\
	} while (0)

#endif /* BPFPS_TASK_H */
