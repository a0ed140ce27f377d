/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * oomkill - one event for each process that the kernel kills because memory ran out.
 *
 * Why: who was killed is often not who took the memory, and neither need be who
 * asked for the page that was not there.
 *
 * The first members are those of the process that is killed, not of the current
 * one. The others:
 *   triggered_by	the process that asked for memory when there was none, and
 *		its name; if a cgroup's limit is reached, one of that cgroup
 *   oom_score_adj	what was added to its badness, from -1000 to 1000
 *   *_pages	its memory in pages (getconf PAGESIZE): all that it has reserved; what
 *		it really has of its own, of files, and of shared memory. Since Linux
 *		6.2 the last three can be wrong by 32 pages for each CPU.
 *   page_table_bytes	what the description of its memory takes
 *   memory_cgroup	the name of the cgroup that its memory is counted for, without
 *		the path; / if that is the root
 *
 * Restricted to processes or others, it reports those that are killed and those
 * that triggered it.
 *
 * Not reported: whether it was the machine or a cgroup that had no memory left;
 * what user-space daemons such as systemd-oomd kill (sigsnoop has that). On a
 * kernel from before 2024 whose functions cannot be hooked either, only pid and
 * triggered_by are known.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

#define NAME_BYTES	128

struct oomkill_event {
	TASK_MEMBERS;
	__u64 virtual_pages;
	__u64 anonymous_pages;
	__u64 file_pages;
	__u64 shared_pages;
	__u64 page_table_bytes;
	__s32 oom_score_adj;
	__u32 triggered_by;
	char triggered_by_comm[TASK_COMM_LEN];
	char memory_cgroup[NAME_BYTES];
};

_Static_assert(sizeof(struct oomkill_event) == 240, "hidden padding");

BPFPS_HELP("Who was killed because memory ran out, and who asked for it?",
	   "Watch-BpfEvent oomkill",
	   "What user-space daemons such as systemd-oomd kill.",
	   "about 40 us for each process that is killed");
BPFPS_VIEW("time pid comm anonymous_pages file_pages triggered_by triggered_by_comm memory_cgroup");

BPFPS_TOOL("Reports every process that the kernel kills for want of memory, with what it had, and who asked for more.");

BPFPS_EVENTS(events, struct oomkill_event, 1 << 16);

/* The tracepoint passes the task since Linux 6.9 and late versions of older ones, when it also got this member. Before, its number. */
struct trace_event_raw_mark_victim {
	unsigned int uid;
} __attribute__((preserve_access_index));

/* On older kernels, the task that the current one is about to have killed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} victims SEC(".maps") BPFPS_INTERNAL;

static __always_inline bool passes_task(void)
{
	return bpf_core_field_exists(((struct trace_event_raw_mark_victim *)0)->uid);
}

static __always_inline int remember(struct task_struct___full *victim)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 task = (__u64)victim;

	if (!passes_task())
		bpf_map_update_elem(&victims, &tid, &task, BPF_ANY);
	return 0;
}

SEC("fentry/__oom_kill_process") BPFPS_ONE_OF("victim")
int BPF_PROG(kill_entered, struct task_struct___full *victim)
{
	return remember(victim);
}

SEC("kprobe/__oom_kill_process") BPFPS_ONE_OF("victim")
int kill_called(struct pt_regs *registers)
{
	return remember((void *)PARAMETER1(registers));
}

static __always_inline struct task_struct___full *find_victim(int pid)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct task_struct___full *task;
	__u64 *remembered;

	remembered = bpf_map_lookup_elem(&victims, &tid);
	if (!remembered)
		return NULL;
	task = (void *)*remembered;
	return BPF_CORE_READ(task, pid) == pid ? task : NULL;
}

/* A macro, because CO-RE finds an element of an array only by a number that is written there. */
#define pages_of(mm, which)									\
	({											\
		struct mm_struct___before_6_2 *old_ = (void *)(mm);				\
		__s64 pages_ = 0;								\
												\
		if (bpf_core_field_exists(old_->rss_stat.count))				\
			pages_ = BPF_CORE_READ(old_, rss_stat.count[which].counter);		\
		else if (bpf_core_field_exists((mm)->rss_stat))					\
			pages_ = BPF_CORE_READ(mm, rss_stat[which].count);			\
		pages_ < 0 ? 0 : pages_;							\
	})

static __always_inline void describe(struct oomkill_event *event, struct task_struct___full *task)
{
	struct mm_struct___full *mm = BPF_CORE_READ(task, mm);
	struct css_set *groups = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state **controllers, *memory = NULL;

	fill_task_of(event, task);
	event->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	event->virtual_pages = BPF_CORE_READ(mm, total_vm);
	event->anonymous_pages = pages_of(mm, MM_ANONPAGES);
	event->file_pages = pages_of(mm, MM_FILEPAGES);
	event->shared_pages = pages_of(mm, MM_SHMEMPAGES);
	event->page_table_bytes = BPF_CORE_READ(mm, pgtables_bytes.counter);
	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return;
	controllers = __builtin_preserve_access_index(&groups->subsys[0]);
	bpf_probe_read_kernel(&memory, sizeof(memory), controllers + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	bpf_probe_read_kernel_str(event->memory_cgroup, sizeof(event->memory_cgroup), BPF_CORE_READ(memory, cgroup, kn, name));
	if (!event->memory_cgroup[0])
		event->memory_cgroup[0] = '/';
}

SEC("tp_btf/mark_victim")
int marked(__u64 *ctx)
{
	struct task_struct___full *task = passes_task() ? (void *)ctx[0] : find_victim(ctx[0]);
	struct oomkill_event event = {};

	if (!bpfps_is_target() && !(task && is_target_task(task)))
		return 0;
	if (task) {
		describe(&event, task);
	} else if (!passes_task()) {
		event.time = bpf_ktime_get_boot_ns();
		event.pid = event.tid = ctx[0];
	}
	event.triggered_by = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event.triggered_by_comm, sizeof(event.triggered_by_comm));
	bpfps_output(events, &event, sizeof(event));
	return 0;
}
