/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * block.h - requests to disks: when they begin and end, and what they are.
 * Include it after task.h and registers.h.
 *
 * A request begins when the kernel makes it of a first piece of work, in the task
 * that wants it done; is issued when the driver gets it; and is complete when the
 * device has done all of it. Between the first two it waits in the kernel: for
 * others that it can be joined with, for the scheduler of the disk, for room.
 *
 * A flush is asked for by requests without data (fsync). They are not issued: the
 * kernel makes one request of its own for all that wait, and issues that. Both the
 * time and the task are known of the first kind, so that these are the ones to
 * watch, and the kernel's own is left out.
 */
#ifndef BPFPS_BLOCK_H
#define BPFPS_BLOCK_H

/*
 * What is to be done. The first ones are the kernel's numbers; those of the
 * operations on zones have changed twice, so that they are numbered here.
 */
enum block_operation {
	READ = 0,
	WRITE = 1,
	FLUSH = 2,
	DISCARD = 3,
	SECURE_ERASE = 5,
	WRITE_ZEROES = 9,
	DRIVER_IN = 34,
	DRIVER_OUT = 35,
	ZONE_APPEND = 64,
	ZONE_OPEN,
	ZONE_CLOSE,
	ZONE_FINISH,
	ZONE_RESET,
	ZONE_RESET_ALL,
};

#define REQ_OP_MASK	0xff

/* Their numbers are found by their names in the running kernel. */
enum req_op {
	REQ_OP_ZONE_APPEND = 7,
	REQ_OP_ZONE_OPEN = 11,
	REQ_OP_ZONE_CLOSE = 13,
	REQ_OP_ZONE_FINISH = 15,
	REQ_OP_ZONE_RESET = 17,
	REQ_OP_ZONE_RESET_ALL = 19,
};

/* The same before Linux 6.0. */
enum req_opf {
	REQ_OP_ZONE_APPEND___old = 13,
	REQ_OP_ZONE_OPEN___old = 10,
	REQ_OP_ZONE_CLOSE___old = 11,
	REQ_OP_ZONE_FINISH___old = 12,
	REQ_OP_ZONE_RESET___old = 15,
	REQ_OP_ZONE_RESET_ALL___old = 17,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct gendisk {
	int major;
	int first_minor;
};

struct request_queue {
	struct gendisk *disk;	/* Linux 5.15 or later */
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	__u64 __sector;
};

#pragma clang attribute pop

/* The kernel's dev_t of the whole disk. */
static __always_inline __u32 device_of(struct request *request)
{
	struct gendisk *disk = BPF_CORE_READ(request, q, disk);

	return disk ? BPF_CORE_READ(disk, major) << 20 | BPF_CORE_READ(disk, first_minor) : 0;
}

#define is_zone_operation(number, name)								\
	(bpf_core_enum_value_exists(enum req_op, REQ_OP_##name)					\
		? (number) == bpf_core_enum_value(enum req_op, REQ_OP_##name)			\
		: (number) == bpf_core_enum_value(enum req_opf, REQ_OP_##name##___old))

static __always_inline enum block_operation operation_of(struct request *request)
{
	__u32 number = BPF_CORE_READ(request, cmd_flags) & REQ_OP_MASK;

	if (number < 6 || number == WRITE_ZEROES || number >= DRIVER_IN)
		return number;
	if (is_zone_operation(number, ZONE_APPEND))
		return ZONE_APPEND;
	if (is_zone_operation(number, ZONE_OPEN))
		return ZONE_OPEN;
	if (is_zone_operation(number, ZONE_CLOSE))
		return ZONE_CLOSE;
	if (is_zone_operation(number, ZONE_FINISH))
		return ZONE_FINISH;
	if (is_zone_operation(number, ZONE_RESET))
		return ZONE_RESET;
	if (is_zone_operation(number, ZONE_RESET_ALL))
		return ZONE_RESET_ALL;
	return number;
}

/*
 * How a request ended, as an errno. The kernel has a number of its own for it; a
 * few kernels give an errno already. What numbers after the thirteenth mean has
 * changed: they are EIO here, as they are to a program that reads or writes.
 */
static __always_inline __s32 errno_of(int status)
{
	static const __u8 errnos[] = {
		0, 95 /* EOPNOTSUPP */, 110 /* ETIMEDOUT */, 28 /* ENOSPC */, 67 /* ENOLINK */, 121 /* EREMOTEIO */,
		52 /* EBADE */, 61 /* ENODATA */, 84 /* EILSEQ */, 12 /* ENOMEM */, 5 /* EIO */, 85 /* ERESTART */,
		11 /* EAGAIN */, 16 /* EBUSY */,
	};

	if (status <= 0)
		return status;
	return status < (int)sizeof(errnos) ? errnos[status] : 5;
}

/*
 * Follows requests: a map with what is known of each that is under way, by its
 * address, and the programs that fill it. begin(progress, request) is called when
 * one begins, in the task that it is done for.
 *
 * Of the programs "start" one is loaded. The last of them is for kernels with none
 * of the others: then a request begins when it waits for the scheduler of the disk,
 * or else when it is issued, in whatever task does that. A flush is then seen when
 * the kernel issues its own.
 */
#define FOLLOW_REQUESTS(progress_type, begin)						\
	struct {									\
		__uint(type, BPF_MAP_TYPE_HASH);					\
		__uint(max_entries, 16384);						\
		__type(key, __u64);							\
		__type(value, progress_type);						\
	} requests SEC(".maps") BPFPS_INTERNAL;						\
	/* Requests that found no room there. */					\
	__u64 untracked_requests;							\
											\
	static __always_inline int start_request(struct request *request)		\
	{										\
		__u64 key = (__u64)request;						\
		progress_type progress;							\
											\
		if (!bpfps_is_target())							\
			return 0;							\
		__builtin_memset(&progress, 0, sizeof(progress));			\
		begin(&progress, request);						\
		if (bpf_map_update_elem(&requests, &key, &progress, BPF_ANY))		\
			__sync_fetch_and_add(&untracked_requests, 1);			\
		return 0;								\
	}										\
											\
	static __always_inline progress_type *find_request(struct request *request)	\
	{										\
		__u64 key = (__u64)request;						\
											\
		return bpf_map_lookup_elem(&requests, &key);				\
	}										\
											\
	static __always_inline void forget_request(struct request *request)		\
	{										\
		__u64 key = (__u64)request;						\
											\
		bpf_map_delete_elem(&requests, &key);					\
	}										\
											\
	SEC("tp_btf/block_io_start") BPFPS_ONE_OF("start")	/* Linux 6.5 or later */	\
	int BPF_PROG(started, struct request *request)					\
	{										\
		return start_request(request);						\
	}										\
											\
	SEC("fentry/__blk_account_io_start") BPFPS_ONE_OF("start")			\
	int BPF_PROG(started_entry, struct request *request)				\
	{										\
		return start_request(request);						\
	}										\
											\
	SEC("fentry/blk_account_io_start") BPFPS_ONE_OF("start")			\
	int BPF_PROG(started_old_entry, struct request *request)			\
	{										\
		return start_request(request);						\
	}										\
											\
	SEC("kprobe/__blk_account_io_start") BPFPS_ONE_OF("start")			\
	int started_probe(struct pt_regs *registers)					\
	{										\
		return start_request((struct request *)first_argument(registers));	\
	}										\
											\
	SEC("kprobe/blk_account_io_start") BPFPS_ONE_OF("start")			\
	int started_old_probe(struct pt_regs *registers)				\
	{										\
		return start_request((struct request *)first_argument(registers));	\
	}										\
											\
	/* Before the program that is on this tracepoint in any case. */		\
	SEC("tp_btf/block_rq_issue") BPFPS_ONE_OF("start")				\
	int BPF_PROG(started_late, struct request *request)				\
	{										\
		return find_request(request) ? 0 : start_request(request);		\
	}										\
											\
	SEC("tp_btf/block_rq_insert")							\
	int BPF_PROG(inserted, struct request *request)					\
	{										\
		/* The kernel's own flush is issued, and not wanted where it is known who asked for it. */ \
		if (find_request(request) || operation_of(request) == FLUSH)		\
			return 0;							\
		return start_request(request);						\
	}										\
											\
	/* It ends as a part of another one. */						\
	SEC("tp_btf/block_rq_merge")							\
	int BPF_PROG(merged, struct request *request)					\
	{										\
		forget_request(request);						\
		return 0;								\
	}										\
	_Static_assert(1, "")

#endif /* BPFPS_BLOCK_H */
