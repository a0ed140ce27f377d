/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * rejecting - an event that is filled and sent, and the same event that is only
 * filled, for what a filter in the kernel costs (bench/filters.sh).
 *
 * Both are to be run as test runs; they run on no packet of a network.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

struct rejecting_event {
	bpfps_time_t time;
	bpfps_pid_t pid;
	__u32 tid;
	__u32 uid;
	__u32 cpu;
	char comm[16];
	char path[64];
};

BPFPS_TOOL("Benchmark: one event for each run, filled and sent, or only filled.");

BPFPS_EVENTS(events, struct rejecting_event, 1 << 20);

/* 41 characters, as many as the figure for text is stated for. */
char path[64] = "/usr/lib/x86_64-linux-gnu/libnames.so.1.2";

static __always_inline void fill(struct rejecting_event *event)
{
	event->time = bpf_ktime_get_boot_ns();
	event->pid = 4711;
	event->tid = 4712;
	event->uid = 1000;
	event->cpu = bpf_get_smp_processor_id();
	__builtin_memcpy(event->comm, "rejecting", 10);
	__builtin_memcpy(event->path, path, sizeof(path));
}

SEC("tc")
int filled(struct __sk_buff *packet)
{
	struct rejecting_event event = {};

	fill(&event);
	/* Keeps the compiler from leaving the event out. */
	asm volatile("" : : "r"(&event) : "memory");
	return 0;
}

SEC("tc")
int sent(struct __sk_buff *packet)
{
	struct rejecting_event event = {};

	fill(&event);
	bpfps_output(events, &event, sizeof(event));
	return 0;
}
