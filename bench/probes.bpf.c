// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * probes - what a programmer would write in C for what bench/probes.sh traces by name.
 *
 * One of the sets of programs is loaded at a time: those whose names begin alike.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define NOBODY 12345 /* no process has this descriptor for a directory */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct call {
	__u64 common;
	__s64 number;
	union {
		__u64 arguments[6];
		__s64 result;
	};
};

struct opened {
	__u64 time;
	__u32 pid;
	__u32 tid;
	char comm[16];
	char filename[256];
};

struct returned {
	__u32 pid;
	char comm[16];
	__s64 result;
	__u64 duration;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} begins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 10000);
	__type(key, char[16]);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 66); /* zero, powers of two, negative */
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

__u64 lost;

SEC("?tracepoint/syscalls/sys_enter_openat")
int string_enter(struct call *ctx)
{
	struct opened *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u64 id = bpf_get_current_pid_tgid();

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->time = bpf_ktime_get_boot_ns();
	event->pid = id >> 32;
	event->tid = id;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (bpf_probe_read_user_str(event->filename, sizeof(event->filename), (void *)ctx->arguments[1]) <= 0)
		event->filename[0] = 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_openat")
int pair_enter(struct call *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&begins, &tid, &now, BPF_ANY);
	return 0;
}

SEC("?tracepoint/syscalls/sys_exit_openat")
int pair_exit(struct call *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), *begin;
	struct returned *event;
	__u32 tid = id;

	begin = bpf_map_lookup_elem(&begins, &tid);
	if (!begin)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		event->pid = id >> 32;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		event->result = ctx->result;
		event->duration = bpf_ktime_get_ns() - *begin;
		bpf_ringbuf_submit(event, 0);
	} else {
		__sync_fetch_and_add(&lost, 1);
	}
	bpf_map_delete_elem(&begins, &tid);
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_openat")
int count_enter(struct call *ctx)
{
	char comm[16];
	__u64 *count, one = 1;

	bpf_get_current_comm(comm, sizeof(comm));
	count = bpf_map_lookup_elem(&counts, comm);
	if (count)
		++*count;
	else
		bpf_map_update_elem(&counts, comm, &one, BPF_NOEXIST);
	return 0;
}

static __always_inline __u32 power_of_two(__u64 value)
{
	__u32 power = 0;

	for (int bits = 5; bits >= 0; bits--) {
		__u32 more = (value >> (1 << bits) != 0) << bits;

		value >>= more;
		power += more;
	}
	return power;
}

SEC("?tracepoint/syscalls/sys_exit_openat")
int histogram_exit(struct call *ctx)
{
	__s64 value = ctx->result;
	__u32 slot = value < 0 ? 65 : value == 0 ? 0 : 1 + power_of_two(value);
	__u64 *count = bpf_map_lookup_elem(&slots, &slot);

	if (count)
		++*count;
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_openat")
int rejected_enter(struct call *ctx)
{
	struct returned *event;

	if ((int)ctx->arguments[0] != NOBODY)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_openat")
int empty_enter(struct call *ctx)
{
	return 0;
}
