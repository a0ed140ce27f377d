/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * file_calls.h - the system calls that read and write open files, and what the
 * tools about them have in common. Include it after file.h. The tool defines
 *
 *	int call_begins(enum file_operation operation, int from, int to, __s64 offset)
 *	int call_ends(long ret)
 *
 * and says FILE_CALLS. A descriptor of -1 means that the call has none; an offset
 * of -1 that it goes on where the file stands.
 */
#ifndef BPFPS_FILE_CALLS_H
#define BPFPS_FILE_CALLS_H

enum file_operation {
	READ,
	WRITE,
	COPY,
	SYNC,
};

#define FILE_CALL(name, operation, from, to, offset)				\
	SEC("tracepoint/syscalls/sys_enter_" #name)				\
	int name##_enter(struct trace_event_raw_sys_enter *call)		\
	{									\
		return call_begins(operation, from, to, offset);		\
	}									\
	SEC("tracepoint/syscalls/sys_exit_" #name)				\
	int name##_leave(struct trace_event_raw_sys_exit *call)			\
	{									\
		return call_ends(call->ret);					\
	}

#define FILE_CALLS								\
	FILE_CALL(read, READ, call->args[0], -1, -1)				\
	FILE_CALL(readv, READ, call->args[0], -1, -1)				\
	FILE_CALL(pread64, READ, call->args[0], -1, call->args[3])		\
	FILE_CALL(preadv, READ, call->args[0], -1, call->args[3])		\
	FILE_CALL(preadv2, READ, call->args[0], -1, call->args[3])		\
	FILE_CALL(write, WRITE, -1, call->args[0], -1)				\
	FILE_CALL(writev, WRITE, -1, call->args[0], -1)				\
	FILE_CALL(pwrite64, WRITE, -1, call->args[0], call->args[3])		\
	FILE_CALL(pwritev, WRITE, -1, call->args[0], call->args[3])		\
	FILE_CALL(pwritev2, WRITE, -1, call->args[0], call->args[3])		\
	FILE_CALL(sendfile64, COPY, call->args[1], call->args[0], -1)		\
	FILE_CALL(copy_file_range, COPY, call->args[0], call->args[2], -1)

#define PATH_TEXT_BYTES	1024	/* a power of two */
#define NAME_TEXT_BYTES	255
#define PATH_PARTS	40

/* Room for a path that is put together from its end. */
struct path_text {
	char text[PATH_TEXT_BYTES + NAME_TEXT_BYTES + 1];
	__u32 begins;	/* in memory and not in a register, so that the verifier need not follow each of its values */
	bool truncated;
};

/*
 * Puts together the path of an open file as its mount namespace has it, and gives
 * its beginning. What has no directory, such as a pipe, has only a name or nothing.
 */
static __always_inline const char *path_of(struct path_text *path, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry), *parent;
	struct vfsmount *place = BPF_CORE_READ(file, f_path.mnt);
	volatile __u32 *begins = &path->begins;
	struct mount *mount, *above;
	__u32 bytes, at;
	int i;

	*begins = PATH_TEXT_BYTES - 1;
	path->text[PATH_TEXT_BYTES - 1] = 0;
	path->truncated = true;
	mount = (void *)place - bpf_core_field_offset(struct mount, mnt);
	for (i = 0; i < PATH_PARTS; i++) {
		parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			above = BPF_CORE_READ(mount, mnt_parent);
			if (mount == above) {
				path->truncated = false;
				break;
			}
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		bytes = BPF_CORE_READ(dentry, d_name.len) & NAME_TEXT_BYTES;
		at = *begins - bytes;
		if (*begins < bytes + 1)
			break;
		bpf_probe_read_kernel(path->text + (at & (PATH_TEXT_BYTES - 1)), bytes, BPF_CORE_READ(dentry, d_name.name));
		*begins = at;
		if (dentry == parent) {
			path->truncated = false;
			break;
		}
		at--;
		path->text[at & (PATH_TEXT_BYTES - 1)] = '/';
		*begins = at;
		dentry = parent;
	}
	return path->text + (*begins & (PATH_TEXT_BYTES - 1));
}

#endif /* BPFPS_FILE_CALLS_H */
