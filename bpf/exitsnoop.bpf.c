/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * exitsnoop - one event for each process that ends: how, and after how long.
 *
 * Why: a service that dies and is started again at once looks healthy in a
 * process list, and its parent may not say whether it exited or was killed. A
 * process that ends after milliseconds, again and again, is work for nothing.
 *
 * A process ends with the last of its threads. By then its first thread may be
 * gone for long, so the name and the age are those of the process and not of the
 * thread that was the last one, which is in tid.
 *
 * What the fields mean:
 *   age	since the process was made; starting another program in between
 *		does not make it younger
 *   exit_code	what it passed to exit(), 0 to 255; 0 if a signal ended it
 *   signal	the signal that ended it; NO_SIGNAL if it exited by itself
 *   core_dumped	whether the kernel wrote a core file, or passed one on
 *   ppid	the parent of now: 1 or a subreaper if the one that started it is gone
 *
 * With threads = true the event is about each thread, with its own name, age and
 * code. In that case a process has no event of its own.
 *
 * Not reported: what a process that outlives the tool would have said.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"

struct exitsnoop_event {
	TASK_MEMBERS;
	bpfps_duration_t age;
	__s32 exit_code;
	enum signal signal;
	bool core_dumped;
};

_Static_assert(offsetof(struct exitsnoop_event, core_dumped) == 64, "hidden padding");

BPFPS_HELP("What ended, after how long, and how?",
	   "Watch-BpfEvent exitsnoop -Filter { $_.exit_code -ne 0 -or $_.signal -ne 'NO_SIGNAL' }",
	   "Nothing that ends while it runs.",
	   "3 us for each process that ends");
BPFPS_VIEW("time pid ppid uid comm age exit_code signal:10 core_dumped");

BPFPS_TOOL("Reports every process that ends, with its exit code or the signal that ended it, and its age.");

BPFPS_VARIABLE(bool, threads, false, "", "Report each thread that ends, instead of each process.");

BPFPS_EVENTS(events, struct exitsnoop_event, 1 << 20);

struct process {
	__u64 start;
	__u64 pid;
};

/*
 * Two last threads that end at the same time, on two CPUs, can each find that no
 * thread is left. The first one that comes here is the one that is reported.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct process);
	__type(value, __u8);
} reported SEC(".maps") BPFPS_INTERNAL;

static __always_inline bool is_first(const struct task_struct___full *leader)
{
	struct process process = { .start = leader->start_boottime, .pid = leader->tgid };
	__u8 yes = 1;

	return !bpf_map_update_elem(&reported, &process, &yes, BPF_NOEXIST);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(ended, struct task_struct___full *task)
{
	struct task_struct___full *leader = task->group_leader;
	struct signal_struct *group = task->signal;
	struct exitsnoop_event event = {};
	__u32 status = task->exit_code;

	if (!bpfps_is_target())
		return 0;
	if (!threads) {
		if (group->live.counter || !is_first(leader))
			return 0;
		status = group->flags & SIGNAL_GROUP_EXIT ? group->group_exit_code : leader->exit_code;
		task = leader;
	}
	fill_task(&event);
	bpf_probe_read_kernel_str(event.comm, sizeof(event.comm), task->comm);
	event.age = event.time - task->start_boottime;
	event.exit_code = status >> 8 & 0xff;
	event.signal = status & 0x7f;
	event.core_dumped = status & 0x80;
	bpfps_output(events, &event, BYTES_UP_TO(struct exitsnoop_event, core_dumped));
	return 0;
}
