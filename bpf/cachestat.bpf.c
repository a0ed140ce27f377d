/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * cachestat - which reads find the file in memory, and which need the disk.
 *
 * Why: whether a program is fast often depends on nothing else. A backup that
 * reads everything once pushes out what others need; a database whose cache is too
 * small reads the same pages again and again. The kernel's own counters do not
 * say whose reads they were.
 *
 * The map pages counts for each process, in pages (4 KiB on most machines):
 *   hits	pages that a read found in memory, also those that had been read ahead
 *		a moment before
 *   misses	pages that a read had to have brought in from the disk
 *   read_ahead	pages that were brought in before anybody asked for them. Those that
 *		nobody asks for later were brought in for nothing.
 *   written	pages that are new in memory because the process writes to them
 *   dirtied	pages that differ from the disk since the process has written to
 *		them: what will have to be written back
 *
 * Reads are read() and its like, and the first touch of a page of a file that is
 * mapped into memory. Not counted: touches that the kernel answers without asking
 * for the page, because it has mapped its neighbours too; reads past the cache
 * (O_DIRECT); file systems that have nothing but memory (tmpfs, hugetlbfs, DAX).
 * If pages that are being read ahead have not arrived when they are asked for, the
 * read waits, and they are not counted again. Programs know the size of a page only
 * from page_bytes: it matters for the last page of a file.
 *
 * Kernels before Linux 6.12 need fentry (x86: Linux 5.15; arm64: Linux 6.0), and
 * touches of mapped files are not counted there. Without that, hits is 0.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "histogram.h"

#define PROCESSES	16384
#define THREADS		32768

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inode {
	long long i_size;
};

struct address_space {
	struct inode *host;
};

struct file {
	struct address_space *f_mapping;
};

struct kiocb {
	struct file *ki_filp;
	long long ki_pos;
};

struct folio {
	struct address_space *mapping;
	unsigned long index;
};

/* Before Linux 5.16. */
struct page {
	struct address_space *mapping;
	unsigned long index;
};

struct folio___flags {
	unsigned long flags;
};

struct task_io_accounting {
	__u64 syscr;
};

struct task_struct___reads {
	struct task_io_accounting ioac;
};

/* Linux 6.18 or later. */
struct folio___word {
	struct {
		unsigned long f;
	} flags;
};

/* Linux 6.6 or later: the order is the lowest byte of it. */
struct folio___large {
	unsigned long _flags_1;
};

/* Before that. */
struct folio___order {
	unsigned char _folio_order;
};

#pragma clang attribute pop

enum pageflags {
	PG_head = 6,
};

struct cachestat_process {
	bpfps_pid_t pid;
	char comm[TASK_COMM_LEN];
};

_Static_assert(sizeof(struct cachestat_process) == 20, "hidden padding");

struct cachestat_pages {
	__u64 hits;
	__u64 misses;
	__u64 read_ahead;
	__u64 written;
	__u64 dirtied;
};

BPFPS_HELP("Whose reads find the file in memory, and whose need the disk?",
	   "Watch-BpfEvent cachestat -Every 1s",
	   "Touches of mapped files that the kernel answers by itself; O_DIRECT; tmpfs. Linux before 6.12 without fentry has no hits.",
	   "0.4 us for each read, and for each page that is brought in or written to");

BPFPS_VIEW("pid comm hits hits/s misses misses/s read_ahead written written/s dirtied dirtied/s");

BPFPS_TOOL("Counts pages of files that reads find in memory or not, by process.");

BPFPS_VARIABLE_IN(__u32, page_bytes, 4096, 4096, 65536, "bytes", "The size of a page of memory, as getconf PAGESIZE says.");

/* Processes that found no room in pages, and threads in threads, counted for each page. */
__u64 uncounted_pages;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES);
	__type(key, struct cachestat_process);
	__type(value, struct cachestat_pages);
} pages SEC(".maps");

/* What a thread did last. Ends are behind the last page. */
struct thread {
	__u64 added_to;		/* the file whose pages it has brought in, */
	__u64 added_begin;	/* and which */
	__u64 added_end;
	__u64 asked_of;		/* the file that it has asked for pages, */
	__u64 asked_at;		/* from where, the last time, */
	__u64 asked_end;	/* and up to where, */
	__u64 asked_in;		/* and in which read: see current_read() */
};

/* When the map is full, the thread goes that was not seen for the longest time. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps") BPFPS_INTERNAL;

static __always_inline struct cachestat_pages *my_pages(void)
{
	struct cachestat_process process = { .pid = bpf_get_current_pid_tgid() >> 32 };
	struct cachestat_pages none = {}, *mine;

	bpf_get_current_comm(process.comm, sizeof(process.comm));
	mine = find_or_make(&pages, &process, &none);
	if (!mine)
		__sync_fetch_and_add(&uncounted_pages, 1);
	return mine;
}

static __always_inline struct thread *my_thread(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct thread none = {};

	return find_or_make(&threads, &tid, &none);
}

/* The number of reads that the thread has done, so that one that is under way can be told from the next one. */
static __always_inline __u64 current_read(void)
{
	struct task_struct___reads *task = (void *)bpf_get_current_task();

	return bpf_core_field_exists(task->ioac.syscr) ? BPF_CORE_READ(task, ioac.syscr) : 0;
}

/* A page of the cache can have room for several of the machine's. */
static __always_inline __u64 pages_of(struct folio *folio)
{
	struct folio___order *old = (void *)folio;
	struct folio___large *large = (void *)folio;
	struct folio___flags *plain = (void *)folio;
	struct folio___word *word = (void *)folio;
	unsigned long flags;

	if (!bpf_core_enum_value_exists(enum pageflags, PG_head))
		return 1;
	flags = bpf_core_field_exists(word->flags.f) ? BPF_CORE_READ(word, flags.f) : BPF_CORE_READ(plain, flags);
	if (!(flags & 1 << bpf_core_enum_value(enum pageflags, PG_head)))
		return 1;
	if (bpf_core_field_exists(old->_folio_order))
		return 1 << (BPF_CORE_READ(old, _folio_order) & 31);
	if (bpf_core_field_exists(large->_flags_1))
		return 1 << (BPF_CORE_READ(large, _flags_1) & 31);
	return 1;
}

static __always_inline void place_of(struct folio *folio, __u64 *mapping, __u64 *index)
{
	if (bpf_core_type_exists(struct folio)) {
		*mapping = (__u64)BPF_CORE_READ(folio, mapping);
		*index = BPF_CORE_READ(folio, index);
	} else {
		*mapping = (__u64)BPF_CORE_READ((struct page *)folio, mapping);
		*index = BPF_CORE_READ((struct page *)folio, index);
	}
}

#define add(member, number)	__sync_fetch_and_add(&(member), number)
#define take(member, number)	__sync_fetch_and_add(&(member), -(__u64)(number))

/* How many pages from begin to end are also between the other two. */
static __always_inline __u64 common(__u64 begin, __u64 end, __u64 other_begin, __u64 other_end)
{
	if (begin < other_begin)
		begin = other_begin;
	if (end > other_end)
		end = other_end;
	return begin < end ? end - begin : 0;
}

/* Pages come into the cache. Why, only what the thread does next can say, unless it has asked for them. */
SEC("tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(added, struct folio *folio)
{
	__u64 mapping, index, count, asked = 0;
	struct cachestat_pages *mine;
	struct thread *thread;

	if (!bpfps_is_target())
		return 0;
	mine = my_pages();
	thread = my_thread();
	if (!mine || !thread)
		return 0;
	place_of(folio, &mapping, &index);
	count = pages_of(folio);
	if (thread->added_to != mapping || thread->added_end != index) {
		thread->added_to = mapping;
		thread->added_begin = index;
	}
	thread->added_end = index + count;
	/* In the middle of a read these were hits, because it was not known yet. */
	if (thread->asked_of == mapping && thread->asked_in == current_read())
		asked = common(index, index + count, thread->asked_at, thread->asked_end);
	take(mine->hits, asked);
	add(mine->misses, asked);
	add(mine->read_ahead, count - asked);
	return 0;
}

/* A thread asks for pages, of which it has brought in some just before. */
static __always_inline void ask(struct cachestat_pages *mine, struct thread *thread, __u64 mapping, __u64 begin, __u64 end)
{
	__u64 missed = 0;

	if (thread->added_to == mapping) {
		/* A read begins with the first page that it had to bring in, though it may be told of from the first that arrived. */
		if (begin > thread->added_begin && begin <= thread->added_end)
			begin = thread->added_begin;
		missed = common(begin, end, thread->added_begin, thread->added_end);
	}
	thread->added_to = 0;
	take(mine->read_ahead, missed);
	add(mine->misses, missed);
	add(mine->hits, end - begin - missed);
}

static __always_inline int asked(struct address_space *mapping, __u64 begin, __u64 end)
{
	struct cachestat_pages *mine;
	struct thread *thread;
	__u64 size, read;

	if (!bpfps_is_target())
		return 0;
	/* What was asked for can end behind the end of the file. */
	size = ((__u64)BPF_CORE_READ(mapping, host, i_size) + page_bytes - 1) / page_bytes;
	if (end > size)
		end = size;
	mine = my_pages();
	thread = my_thread();
	if (!mine || !thread || begin >= end)
		return 0;
	/* A read that needs several steps tells of what is left each time. */
	read = current_read();
	if (thread->asked_of != (__u64)mapping || thread->asked_end != end || thread->asked_at >= begin || thread->asked_in != read)
		ask(mine, thread, (__u64)mapping, begin, end);
	thread->asked_of = (__u64)mapping;
	thread->asked_at = begin;
	thread->asked_end = end;
	thread->asked_in = read;
	return 0;
}

/* Linux 6.12 or later. */
SEC("tp_btf/mm_filemap_get_pages") BPFPS_ONE_OF("read")
int BPF_PROG(reading, struct address_space *mapping, unsigned long index, unsigned long last)
{
	return asked(mapping, index, last + 1);
}

/* All of it at once, at its end. */
SEC("fexit/filemap_read") BPFPS_ONE_OF("read")
int BPF_PROG(has_read, struct kiocb *call, void *to, long before, long bytes)
{
	__u64 end = BPF_CORE_READ(call, ki_pos);

	if (bytes <= 0)
		return 0;
	return asked(BPF_CORE_READ(call, ki_filp, f_mapping), (end - bytes) / page_bytes, (end + page_bytes - 1) / page_bytes);
}

/* Linux 6.12 or later. A page that is not there is brought in afterwards, and then asked for again. */
SEC("tp_btf/mm_filemap_fault") BPFPS_ONE_OF("fault")
int BPF_PROG(touched, struct address_space *mapping, unsigned long index)
{
	struct thread *thread;
	__u32 tid = bpf_get_current_pid_tgid();

	thread = bpf_map_lookup_elem(&threads, &tid);
	if (thread && thread->asked_of == (__u64)mapping && thread->asked_at == index && thread->asked_end == index + 1)
		return 0;
	return asked(mapping, index, index + 1);
}

static __always_inline int dirty(struct folio *folio)
{
	struct cachestat_pages *mine;
	__u64 mapping, index, count;
	struct thread *thread;
	__u64 made = 0;

	if (!bpfps_is_target())
		return 0;
	mine = my_pages();
	thread = my_thread();
	if (!mine || !thread)
		return 0;
	place_of(folio, &mapping, &index);
	count = pages_of(folio);
	/* Pages that it has brought in and that nobody has asked for are those that it writes to. */
	if (thread->added_to == mapping) {
		made = common(index, index + count, thread->added_begin, thread->added_end);
		thread->added_begin = index + count;
	}
	take(mine->read_ahead, made);
	add(mine->written, made);
	add(mine->dirtied, count);
	return 0;
}

SEC("tp_btf/writeback_dirty_folio") BPFPS_ONE_OF("dirtied")
int BPF_PROG(dirtied, struct folio *folio)
{
	return dirty(folio);
}

/* Its name before Linux 5.18. */
SEC("tp_btf/writeback_dirty_page") BPFPS_ONE_OF("dirtied")
int BPF_PROG(dirtied_old, struct folio *folio)
{
	return dirty(folio);
}
