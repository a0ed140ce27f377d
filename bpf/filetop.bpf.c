/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * filetop - who reads and writes which files, and how much.
 *
 * Why: the disk's counters say how much is read and written, but not which file
 * it is, and nothing at all about what the page cache answers.
 *
 * The map files has an entry for each file of each process:
 *   reads, writes	calls that succeeded; a copy from one file to another counts
 *		for both
 *   read_bytes, written_bytes	what they moved
 *   path	where the file was when it was first used, as its mount namespace has
 *		it; empty for what has no name, such as a pipe
 *   truncated	path lacks its beginning, because it is too long or too deep
 *
 * comm is the name of the process, whichever of its threads made the call. A
 * process that starts another program goes on under the new name, in new entries.
 *
 * Not counted: files that are mapped into memory; splice(); io_uring; calls of
 * 32-bit programs on a 64-bit kernel, for which the kernel has no tracepoint; with
 * all = false, what is not a regular file.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"
#include "file_calls.h"

#define ENTRIES		8192
#define PATH_BYTES	512

struct filetop_file {
	bpfps_pid_t pid;
	char comm[TASK_COMM_LEN];
	bpfps_device_t device;
	__u64 inode;
};

struct filetop_total {
	char path[PATH_BYTES];
	__u64 reads;
	__u64 writes;
	__u64 read_bytes;
	__u64 written_bytes;
	enum file_type type;
	bool truncated;
	__u8 : 8;
	__u16 : 16;
};

BPFPS_HELP("Which files are read and written, by whom, and how much?",
	   "Watch-BpfEvent filetop -Every 1s",
	   "Files that are mapped into memory; splice(); io_uring; calls of 32-bit programs.",
	   "0.5 us for each call on a file, 0.2 us for each on something else");

BPFPS_VIEW("pid comm reads:9 read_bytes:11 read_bytes/s writes:9 written_bytes written_bytes/s path:20");

BPFPS_TOOL("Counts what each process reads from and writes to each file.");

BPFPS_VARIABLE(bool, all, false, "", "Also count what is not a regular file: pipes, sockets, terminals, devices.");

/* Calls that found no room in files. */
__u64 uncounted_calls;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, struct filetop_file);
	__type(value, struct filetop_total);
} files SEC(".maps");

/* Too large for the stack. */
struct room {
	struct filetop_total fresh;
	struct path_text path;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} scratch SEC(".maps") BPFPS_INTERNAL;

/* The files of a call; NULL for what is not counted. */
struct call {
	struct file *from;
	struct file *to;
};

CALLS_IN_PROGRESS(struct call);

static __always_inline struct file *wanted_file_at(int fd)
{
	struct file *file = fd < 0 ? NULL : file_at(fd);

	if (!file || all)
		return file;
	return (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFREG ? file : NULL;
}

static __always_inline int call_begins(enum file_operation operation, int from, int to, __s64 offset)
{
	struct call call = {};

	if (!bpfps_is_target())
		return 0;
	call.from = wanted_file_at(from);
	call.to = wanted_file_at(to);
	if (call.from || call.to)
		begin_call(&call);
	return 0;
}

static __always_inline struct filetop_total *find_or_make_total(const struct filetop_file *key, struct file *file,
								struct inode *inode)
{
	struct filetop_total *total = bpf_map_lookup_elem(&files, key);
	struct room *room;
	__u32 zero = 0;

	if (total)
		return total;
	room = bpf_map_lookup_elem(&scratch, &zero);
	if (!room)
		return NULL;
	__builtin_memset(&room->fresh, 0, sizeof(room->fresh));
	room->fresh.type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	bpf_probe_read_kernel_str(room->fresh.path, sizeof(room->fresh.path), path_of(&room->path, file));
	room->fresh.truncated = room->path.truncated;
	/* Another CPU may be first. */
	bpf_map_update_elem(&files, key, &room->fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&files, key);
}

static __noinline int count(struct file *file, long bytes, bool is_write)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct filetop_file key = {};
	struct filetop_total *total;

	key.pid = bpf_get_current_pid_tgid() >> 32;
	BPF_CORE_READ_STR_INTO(&key.comm, task, group_leader, comm);
	key.device = BPF_CORE_READ(inode, i_sb, s_dev);
	key.inode = BPF_CORE_READ(inode, i_ino);
	total = find_or_make_total(&key, file, inode);
	if (!total) {
		__sync_fetch_and_add(&uncounted_calls, 1);
		return 0;
	}
	__sync_fetch_and_add(is_write ? &total->writes : &total->reads, 1);
	__sync_fetch_and_add(is_write ? &total->written_bytes : &total->read_bytes, bytes);
	return 0;
}

static __always_inline int call_ends(long ret)
{
	struct call *call = current_call();
	struct file *from, *to;

	if (!call)
		return 0;
	from = call->from;
	to = call->to;
	end_call();
	if (ret < 0)
		return 0;
	if (from)
		count(from, ret, false);
	if (to)
		count(to, ret, true);
	return 0;
}

FILE_CALLS
