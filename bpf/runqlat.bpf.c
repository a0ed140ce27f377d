/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * runqlat - how long runnable tasks wait for a CPU.
 *
 * Why: a busy CPU is not a problem as long as nobody waits for it. The time from
 * "runnable" to "running" is what a program loses to other programs, to CPU
 * limits and to the scheduler's decisions; a load average only hints at it.
 *
 * A wait begins when a task is woken, is new, or loses its CPU while it could
 * have continued, and ends when a CPU switches to it. Every wait is counted in
 * the map hist, in buckets of powers of two: at least 0 (1, 2, 4 ... us) and
 * less than 1 (2, 4, 8 ... us). A wait of at least threshold_ns is also sent as
 * an event that says who woke the task, and from where in the kernel:
 *   cpu		the CPU that the task finally ran on
 *   waker_pid	the process that woke or created the task. 0 if the task lost its
 *		CPU, so that nobody woke it; waker_stack is then NO_STACK (-2). Also 0,
 *		but with a stack, if an interrupt on an idle CPU woke it.
 *   waker_stack	any other negative number is the kernel's error: -14 (EFAULT) no
 *		stack, -17 (EEXIST) another stack has its place in the map
 *
 * A task that an interrupt woke has no real waker: waker_pid then names the
 * process that was interrupted, and only the stack shows it (it goes through
 * the interrupt's entry). The waker is recorded at sched_waking, which always
 * runs where the waking happens; sched_wakeup, where the wait begins, can run
 * in an interrupt on the CPU that the task was assigned to.
 *
 * Waits are kept in a hash by thread. An entry is created once and changed in
 * place until the thread ends, because looking up an entry costs a fraction of
 * creating and deleting one for each wait. All entries are preallocated, because
 * nothing can be allocated while the scheduler holds a run queue's lock, which
 * is what task storage does before Linux 6.4. If there are more threads than
 * entries, the waits of the others are counted in untracked_waits.
 *
 * A task that the hypervisor delays is running as far as the kernel knows.
 *
 * What it costs, measured as run_time_ns / run_cnt of "bpftool prog show" with
 * "sysctl kernel.bpf_stats_enabled=1" on a two-core virtual machine, Linux 6.18,
 * while two processes on one CPU pass a byte back and forth through pipes:
 * 0.35 us per waking and 0.28 us per switch. That loop, which does little but
 * wake and switch, runs 10 % slower. threshold_ns adds 2.1 us to each waking for
 * the stack, and each event costs 3 us. With pid set, a waking and a switch of
 * other processes cost 0.15 and 0.07 us. Memory: 22 MiB, 17 of them for stacks.
 *
 * How accurate it is: for a process that slept and computed 2,454 times beside a
 * busy one, /proc/PID/schedstat and this program counted the same number of
 * waits. This program measured 49 us per wait, schedstat 43 us: it also includes
 * the time from the waking to the run queue, and its own time.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "sched.h"
#include "histogram.h"
#include "stacks.h"

#define THREADS	32768
#define STACKS	16384
#define BUCKETS	8192	/* about 30 per CPU if counted per CPU */

struct runqlat_event {
	bpfps_time_t time;
	bpfps_pid_t pid;
	__u32 tid;
	char comm[TASK_COMM_LEN];
	bpfps_duration_t wait;
	__s32 cpu;
	__u32 waker_pid;
	__u32 waker_tid;
	char waker_comm[TASK_COMM_LEN];
	bpfps_kernel_stack_t waker_stack;
};

_Static_assert(sizeof(struct runqlat_event) == 72, "hidden padding");

struct runqlat_bucket {
	__s64 cpu;	/* -1: all CPUs together */
	bpfps_duration_t from;
	bpfps_duration_t to;
};

struct runqlat_count {
	__u64 count;
};

BPFPS_HELP("How long do tasks that could run wait for a CPU, and who woke those that wait long?",
	   "Watch-BpfEvent runqlat -Variable @{ threshold_ns = '10ms' }",
	   "What a hypervisor takes: as far as the kernel knows the task is running then.",
	   "0.35 us for each waking, 0.28 us for each switch; with threshold_ns 2.1 us more for each waking");

BPFPS_TOOL("Measures how long tasks wait for a CPU, and reports long waits with who woke the task.");

BPFPS_VARIABLE(__u32, pid, 0, "", "Only threads of this process; 0 for all processes.");
BPFPS_VARIABLE(bool, per_cpu, false, "", "Count the waits of each CPU separately.");
BPFPS_THRESHOLD(bpfps_duration_t, threshold_ns, "ns", "Send an event for each wait of at least this long; 0 for no events.");

BPFPS_EVENTS(events, struct runqlat_event, 1 << 20);

/* Waits that found no room: in threads, and in hist. */
__u64 untracked_waits;
__u64 uncounted_waits;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BUCKETS);
	__type(key, struct runqlat_bucket);
	__type(value, struct runqlat_count);
} hist SEC(".maps");

STACKS_MAP(STACKS);

struct thread {
	__u64 waits_since;	/* 0: not waiting */
	__u32 waker_pid;
	__u32 waker_tid;
	char waker_comm[TASK_COMM_LEN];
	__s32 waker_stack;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps") BPFPS_INTERNAL;

/* Whoever waits: the current task is another one. */
static __always_inline bool is_wanted(struct task_struct *task)
{
	return task->pid && (!pid || pid == (__u32)task->tgid) && bpfps_is_target_task(task);
}

static __always_inline struct thread *find_thread(const struct task_struct *task)
{
	__u32 tid = task->pid;

	return bpf_map_lookup_elem(&threads, &tid);
}

static __always_inline struct thread *find_or_make_thread(const struct task_struct *task)
{
	struct thread fresh = { .waker_stack = NO_STACK };
	struct thread *thread = find_thread(task);
	__u32 tid = task->pid;

	if (thread)
		return thread;
	bpf_map_update_elem(&threads, &tid, &fresh, BPF_NOEXIST);
	thread = bpf_map_lookup_elem(&threads, &tid);
	if (!thread)
		__sync_fetch_and_add(&untracked_waits, 1);
	return thread;
}

static __always_inline void remember_waker(void *ctx, struct thread *thread)
{
	__u64 pid_tid = bpf_get_current_pid_tgid();

	thread->waker_pid = pid_tid >> 32;
	thread->waker_tid = pid_tid;
	bpf_get_current_comm(thread->waker_comm, sizeof(thread->waker_comm));
	thread->waker_stack = bpf_get_stackid(ctx, &stacks, 0);
}

static __always_inline void forget_waker(struct thread *thread)
{
	thread->waker_pid = 0;
	thread->waker_tid = 0;
	__builtin_memset(thread->waker_comm, 0, sizeof(thread->waker_comm));
	thread->waker_stack = NO_STACK;
}

static __always_inline bool is_current(const struct task_struct *task)
{
	return (__u32)task->pid == (__u32)bpf_get_current_pid_tgid();
}

static __always_inline bool is_running(const struct task_struct *task)
{
	if (bpf_core_field_exists(task->on_cpu))
		return task->on_cpu;
	return is_current(task);
}

/*
 * It is not known yet whether the waking has any effect: a task that is on a
 * CPU here may just be leaving it. So the waker is recorded in any case.
 */
SEC("tp_btf/sched_waking")
int BPF_PROG(waking, struct task_struct *task)
{
	struct thread *thread;

	if (!threshold_ns || !is_wanted(task) || is_current(task))
		return 0;
	thread = find_or_make_thread(task);
	if (thread && !thread->waits_since)
		remember_waker(ctx, thread);
	return 0;
}

/* A task that is woken while it is running does not wait; it only stays awake. */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(wakeup, struct task_struct *task)
{
	struct thread *thread;

	if (!is_wanted(task) || is_running(task))
		return 0;
	thread = find_or_make_thread(task);
	if (thread && !thread->waits_since)
		thread->waits_since = bpf_ktime_get_ns();
	return 0;
}

/* The creator of a new task wakes it, without sched_waking. */
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(wakeup_new, struct task_struct *task)
{
	struct thread *thread;

	if (!is_wanted(task))
		return 0;
	thread = find_or_make_thread(task);
	if (!thread)
		return 0;
	if (threshold_ns)
		remember_waker(ctx, thread);
	thread->waits_since = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void count(__u64 wait)
{
	struct runqlat_count none = {}, *counted;
	struct runqlat_bucket bucket = { .cpu = -1 };

	if (per_cpu)
		bucket.cpu = bpf_get_smp_processor_id();
	set_slot(&bucket, wait);
	counted = find_or_make(&hist, &bucket, &none);
	if (counted)
		__sync_fetch_and_add(&counted->count, 1);
	else
		__sync_fetch_and_add(&uncounted_waits, 1);
}

static __always_inline void report(const struct task_struct *task, const struct thread *thread, __u64 wait)
{
	struct runqlat_event event = {
		.time = bpf_ktime_get_boot_ns(),
		.pid = task->tgid,
		.tid = task->pid,
		.wait = wait,
		.cpu = bpf_get_smp_processor_id(),
		.waker_pid = thread->waker_pid,
		.waker_tid = thread->waker_tid,
		.waker_stack = thread->waker_stack,
	};

	bpf_probe_read_kernel(event.comm, sizeof(event.comm), task->comm);
	__builtin_memcpy(event.waker_comm, thread->waker_comm, sizeof(event.waker_comm));
	bpfps_output(events, &event, sizeof(event));
}

static __always_inline void leave_cpu(struct task_struct *task, bool preempted)
{
	struct thread *thread;
	__u32 tid;

	if (preempted || state_of(task) == TASK_RUNNING) {
		if (!is_wanted(task))
			return;
		thread = find_or_make_thread(task);
		if (!thread)
			return;
		if (threshold_ns)
			forget_waker(thread);
		thread->waits_since = bpf_ktime_get_ns();
	} else if (state_of(task) & TASK_DEAD) {
		/* By now its process need not be a target any more. */
		tid = task->pid;
		bpf_map_delete_elem(&threads, &tid);
	}
}

static __always_inline void take_cpu(struct task_struct *task)
{
	struct thread *thread;
	__u64 wait;

	if (!is_wanted(task))
		return;
	thread = find_thread(task);
	if (!thread || !thread->waits_since)
		return;
	wait = bpf_ktime_get_ns() - thread->waits_since;
	thread->waits_since = 0;
	/* The clocks of two CPUs can differ by a few nanoseconds. */
	if ((__s64)wait < 0)
		wait = 0;
	count(wait);
	if (threshold_ns && wait >= threshold_ns)
		report(task, thread, wait);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempted, struct task_struct *from, struct task_struct *to)
{
	leave_cpu(from, preempted);
	take_cpu(to);
	return 0;
}
