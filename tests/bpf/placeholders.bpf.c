/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * placeholders - programs whose own user program would say what their sections leave out.
 *
 * Serves the property "an attach point that only holds the place, the events of
 * several sampling programs, and the type of a program in a section of the
 * author's own are given when the object is started". A test starts those that
 * it wants by name.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

BPFPS_TOOL("Test: counts the runs of programs whose sections do not say enough.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls are counted.");
BPFPS_VARIABLE(__u64, syscall_nr, 0, "", "The number of the call that is counted.");

__u64 tp_btf_runs;
__u64 raw_tp_runs;
__u64 tracepoint_runs;
__u64 misses;
__u64 references;

static bool is_ours(void)
{
	return bpf_get_current_pid_tgid() >> 32 == producer_pid;
}

SEC("tp_btf/placeholder")
int held_tp_btf(__u64 *ctx)
{
	if (is_ours() && ctx[1] == syscall_nr)
		__sync_fetch_and_add(&tp_btf_runs, 1);
	return 0;
}

SEC("raw_tp/other_placeholder")
int held_raw_tp(__u64 *ctx)
{
	if (is_ours() && ctx[1] == syscall_nr)
		__sync_fetch_and_add(&raw_tp_runs, 1);
	return 0;
}

SEC("tracepoint/placeholder/placeholder")
int held_tracepoint(void *ctx)
{
	if (is_ours())
		__sync_fetch_and_add(&tracepoint_runs, 1);
	return 0;
}

SEC("iter/placeholder")
int held_iterator(void *ctx)
{
	return 0;
}

SEC("fentry/placeholder")
int held_fentry(void *ctx)
{
	return 0;
}

SEC("lsm.s/placeholder")
int held_lsm(void *ctx)
{
	return 0;
}

SEC("kprobe/placeholder")
int held_kprobe(void *ctx)
{
	return 0;
}

/* Exists, and may be replaced all the same. */
SEC("raw_tp/sched_switch")
int placed(void *ctx)
{
	return 0;
}

SEC("perf_event")
int on_miss(void *ctx)
{
	__sync_fetch_and_add(&misses, 1);
	return 0;
}

SEC("perf_event")
int on_reference(void *ctx)
{
	__sync_fetch_and_add(&references, 1);
	return 0;
}

/* Of these, only the verdict says for which types they are fit. */
SEC("my_zero")
int zero(void *ctx)
{
	return 0;
}

SEC("my_one")
int one(void *ctx)
{
	return 1;
}

SEC("my_two")
int two(void *ctx)
{
	return 2;
}

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");
