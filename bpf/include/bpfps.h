/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * bpfps.h - lets BpfPS understand the events, maps and settings of a program.
 *
 * Everything here ends up in the object's BTF, and nothing needs BpfPS at load
 * time: an object made with this header also loads with libbpf, bpftool or any
 * other loader.
 *
 * Include <bpf/bpf_helpers.h> and a header with the kernel's types first.
 */
#ifndef BPFPS_H
#define BPFPS_H

/*
 * Types with a meaning. BTF keeps the name of a typedef, so BpfPS can turn a
 * field of such a type into the .NET type on the right.
 */
typedef __u64 bpfps_time_t;		/* bpf_ktime_get_boot_ns()   -> DateTime */
typedef __u64 bpfps_duration_t;		/* nanoseconds               -> TimeSpan */
typedef __u32 bpfps_ipv4_t;		/* network byte order        -> IPAddress */
typedef struct {
	__u8 bytes[16];
} bpfps_ipv6_t;				/* network byte order        -> IPAddress */
typedef struct {
	__u8 bytes[16];
} bpfps_ip_t;				/* the same; an IPv4 address as ::ffff:a.b.c.d, and shown as one */
typedef __u16 bpfps_port_t;		/* network byte order        -> UInt16 in host order */
typedef struct {
	__u8 bytes[6];
} bpfps_mac_t;				/*                           -> PhysicalAddress */
typedef __s32 bpfps_syscall_t;		/* the number of a system call -> its name */
typedef __u32 bpfps_open_flags_t;	/* of open(2), without O_TMPFILE's O_DIRECTORY -> their names */
typedef __s32 bpfps_errno_t;		/* 0, or an errno of any sign -> BpfErrno by name */
typedef __u32 bpfps_drop_reason_t;	/* enum skb_drop_reason      -> the running kernel's name for it */
typedef __u64 bpfps_cgroup_t;		/* bpf_get_current_cgroup_id() */
typedef __u32 bpfps_device_t;		/* the kernel's dev_t; dev_t itself works too: shown as 259:0 nvme0n1 */
typedef __u32 bpfps_pid_t;		/* a process id (tgid): the owner of a user stack */
typedef __s32 bpfps_kernel_stack_t;	/* bpf_get_stackid(ctx, &map, 0) */
typedef __s32 bpfps_user_stack_t;	/* bpf_get_stackid(ctx, &map, BPF_F_USER_STACK) */
typedef char bpfps_strings_t[];		/* last member only: strings that end in NUL, up to the end of the record -> String[] */

/* One end of a connection, shown as 192.0.2.1:443 or [2001:db8::1]:443. */
struct bpfps_endpoint {
	bpfps_ip_t address;
	bpfps_port_t port;
};

/*
 * An enum whose tag ends in _flags has bits that can be set together: "O_WRONLY, O_CREAT".
 */

/*
 * BPFPS_EVENTS(map, event_type, bytes): a ring buffer named map of the given
 * size (a power of two, at least a page) that carries records of event_type.
 *
 * It also defines a variable that counts the events for which the ring had no
 * room, and in which a reader says how long it needs no wake-up: see
 * bpfps_wake_up(). The pointer member of that variable connects the type with the map, so
 * that a reader finds the type in the object file and in a live program's BTF.
 * The array of no elements is needed because clang writes a struct that it sees
 * only behind a member's pointer to BTF by name alone, without its members.
 *
 * And it defines a function that says whether a record is wanted, which
 * bpfps_output() and bpfps_submit() ask first. This one wants them all. A reader
 * can link another one of the same name into the object before it is loaded, so
 * that what it does not want never leaves the kernel. The function is weak, so
 * that the other one takes its place; hidden, so that the verifier checks it with
 * the record of its caller; and a call, so that there is something to replace.
 */
#define BPFPS_EVENTS(map, event_type, bytes)				\
	struct {							\
		__uint(type, BPF_MAP_TYPE_RINGBUF);			\
		__uint(max_entries, bytes);				\
	} map SEC(".maps");						\
	__attribute__((weak, visibility("hidden"), noinline))		\
	int bpfps_filter_##map(const event_type *record, __u64 length)	\
	{								\
		return 1;						\
	}								\
	struct {							\
		__u64 lost;						\
		__u64 wake_at;						\
		const event_type *event;				\
		event_type bpfps_whole[0];				\
	} bpfps_stream_##map

/*
 * The flags with which an event goes into the ring. A wake-up costs more than
 * the event itself, so a reader that looks at the ring by itself every few
 * milliseconds sets wake_at: the position, in bytes since the ring was made, up
 * to which it is not woken. As it is a position, the promise ends by itself when
 * the reader does. At 0 the kernel decides, as in any other program: it wakes a
 * reader that had read everything.
 */
#define bpfps_wake_up(map)						\
	({								\
		__u64 bpfps_at = *(volatile __u64 *)&bpfps_stream_##map.wake_at; \
		!bpfps_at ? 0 : bpf_ringbuf_query(&map, BPF_RB_PROD_POS) < bpfps_at \
			? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP;	\
	})

/*
 * Room for one event in the ring, or NULL; in that case the event is counted as
 * lost. Pass it on with bpfps_submit(). Where most events may be unwanted, it is
 * cheaper to fill a struct of one's own and use bpfps_output(): room in the ring
 * is taken until the reader has come past it, wanted or not.
 */
#define bpfps_reserve(map, bytes)					\
	({								\
		void *bpfps_room = bpf_ringbuf_reserve(&map, bytes, 0);	\
		if (!bpfps_room)					\
			__sync_fetch_and_add(&bpfps_stream_##map.lost, 1); \
		bpfps_room;						\
	})

/* Passes an event from bpfps_reserve(), of the number of bytes that was reserved, to the reader, if that wants it. */
#define bpfps_submit(map, event, bytes)					\
	do {								\
		void *bpfps_event = event;				\
									\
		if (bpfps_filter_##map(bpfps_event, bytes))		\
			bpf_ringbuf_submit(bpfps_event, bpfps_wake_up(map));	\
		else							\
			bpf_ringbuf_discard(bpfps_event, 0);		\
	} while (0)

/* Copies an event of any size into the ring, if the reader wants it. An event that does not fit is counted as lost. */
#define bpfps_output(map, data, bytes)					\
	({								\
		const void *bpfps_event = data;				\
		__u64 bpfps_bytes = bytes;				\
		long bpfps_error = 0;					\
									\
		if (bpfps_filter_##map(bpfps_event, bpfps_bytes)) {	\
			bpfps_error = bpf_ringbuf_output(&map, (void *)bpfps_event, bpfps_bytes, \
							 bpfps_wake_up(map)); \
			if (bpfps_error)				\
				__sync_fetch_and_add(&bpfps_stream_##map.lost, 1); \
		}							\
		bpfps_error;						\
	})

/* Text about a program or variable, kept in BTF. A compiler without the attribute drops it. */
#if __has_attribute(btf_decl_tag)
#define BPFPS_TAG(text) __attribute__((btf_decl_tag("bpfps:" text)))
#else
#define BPFPS_TAG(text)
#endif

/*
 * Put after SEC() of programs that do the same for different kernels. Of those
 * with one name, only the first is loaded whose hook the running kernel has:
 *
 *	SEC("tp_btf/cap_capable") BPFPS_ONE_OF("capable") ...
 *	SEC("fentry/cap_capable") BPFPS_ONE_OF("capable") ...
 *	SEC("kprobe/cap_capable") BPFPS_ONE_OF("capable") ...
 *
 * Another loader loads all of them, unless their section begins with '?'.
 */
#define BPFPS_ONE_OF(name) BPFPS_TAG("one_of=" name)

/*
 * Put after SEC() of a program for cgroups that belongs to the whole machine:
 * unless the user names cgroups, it is attached to the root of all of them.
 */
#define BPFPS_ROOT_CGROUP BPFPS_TAG("default=root-cgroup")

/*
 * Put after SEC("tc") of a program, whose section does not say which direction
 * the program is for. Linux 6.6 and later have sections that do: tcx/ingress.
 */
#define BPFPS_INGRESS BPFPS_TAG("direction=ingress")
#define BPFPS_EGRESS BPFPS_TAG("direction=egress")

/*
 * A setting that the loader can change before load, with its unit ("" for none)
 * and a sentence of help: BPFPS_VARIABLE(__u64, threshold_ns, 0, "ns", "...");
 * The second form also gives the smallest and the largest value allowed.
 */
#define BPFPS_VARIABLE(type, name, value, unit, help)			\
	const volatile type name BPFPS_TAG("unit=" unit) BPFPS_TAG("help=" help) = value
#define BPFPS_VARIABLE_IN(type, name, value, least, greatest, unit, help) \
	const volatile type name BPFPS_TAG("unit=" unit) BPFPS_TAG("help=" help) \
		BPFPS_TAG("least=" #least) BPFPS_TAG("greatest=" #greatest) = value

/*
 * A setting that is 0 at first, and as long as it is 0 the program sends no
 * events. Who watches it then is told so, instead of waiting for nothing.
 */
#define BPFPS_THRESHOLD(type, name, unit, help)				\
	const volatile type name BPFPS_TAG("unit=" unit) BPFPS_TAG("help=" help) BPFPS_TAG("silent=0") = 0

/*
 * How often SEC("perf_event") programs of this object sample each CPU, in hertz.
 * The loader reads it when it opens the perf events; the program does not use it.
 */
#define BPFPS_SAMPLE_FREQUENCY(hertz)					\
	BPFPS_VARIABLE_IN(__u32, frequency, hertz, 1, 10000, "Hz",	\
			  "How many samples a second each CPU takes.")

/*
 * Marks a map that the program needs for its own work and that holds no results: } scratch SEC(".maps") BPFPS_INTERNAL;
 * Reading all maps of the object skips it.
 */
#define BPFPS_INTERNAL BPFPS_TAG("internal=1")

/*
 * Marks a map whose values say what there is now and not what has been counted:
 * } live SEC(".maps") BPFPS_GAUGE; Read at intervals, they are as they are, and
 * nothing is subtracted.
 */
#define BPFPS_GAUGE BPFPS_TAG("gauge=1")

/*
 * What a person wants to know before starting a tool: the question that it
 * answers, a command as an example, what it does not see, and what it costs, as
 * measured. Put it before BPFPS_TOOL().
 */
#define BPFPS_HELP(question, example, omitted, cost)			\
	extern char LICENSE[] BPFPS_TAG("question=" question) BPFPS_TAG("example=" example) \
		BPFPS_TAG("omitted=" omitted) BPFPS_TAG("cost=" cost)

/*
 * The columns of the table of a shipped tool's events: "time pid:7 comm path".
 * Of a tool that only counts, those of its results, with "count/s" for a rate.
 * Without it, the table has the members that fit into 120 columns.
 */
#define BPFPS_VIEW(columns) extern char LICENSE[] BPFPS_TAG("view=" columns)

/* A licence with which a program can call GPL-only helpers, and one sentence that says what the program is for. */
#define BPFPS_TOOL(summary)						\
	char LICENSE[] SEC("license") BPFPS_TAG("summary=" summary) = "Dual BSD/GPL"

#endif /* BPFPS_H */
