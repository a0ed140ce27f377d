/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * file.h - what the tools about processes, system calls and files have in common:
 * kernel types, names of numbers, and questions about a task that is not the
 * current one. Include it after task.h.
 */
#ifndef BPFPS_FILE_H
#define BPFPS_FILE_H

/* The bytes of a struct up to the end of a member: what is sent of an event without the padding at its end. */
#define BYTES_UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* What a system call returns for an error. From -512 to -516 a signal interrupted it, and the kernel will begin it again or say EINTR. */
#define IS_ERROR(ret)	((ret) < 0 && (ret) >= -4095)
#define IS_RESTART(ret)	((ret) <= -512 && (ret) >= -516)

/* Signals that have the same number on x86, arm64 and most others. */
enum signal {
	NO_SIGNAL,
	SIGHUP,
	SIGINT,
	SIGQUIT,
	SIGILL,
	SIGTRAP,
	SIGABRT,
	SIGBUS,
	SIGFPE,
	SIGKILL,
	SIGUSR1,
	SIGSEGV,
	SIGUSR2,
	SIGPIPE,
	SIGALRM,
	SIGTERM,
	SIGSTKFLT,
	SIGCHLD,
	SIGCONT,
	SIGSTOP,
	SIGTSTP,
	SIGTTIN,
	SIGTTOU,
	SIGURG,
	SIGXCPU,
	SIGXFSZ,
	SIGVTALRM,
	SIGPROF,
	SIGWINCH,
	SIGIO,
	SIGPWR,
	SIGSYS,
	SIGRTMIN = 34,	/* the C library keeps 32 and 33 for itself */
	SIGRTMAX = 64,
};

/* Of the calls that end in "at". Other calls than statx() and fstatat() use the same numbers. */
enum at_flags {
	AT_SYMLINK_NOFOLLOW = 0x100,
	AT_REMOVEDIR = 0x200,
	AT_SYMLINK_FOLLOW = 0x400,
	AT_NO_AUTOMOUNT = 0x800,
	AT_EMPTY_PATH = 0x1000,
	AT_STATX_FORCE_SYNC = 0x2000,
	AT_STATX_DONT_SYNC = 0x4000,
	AT_RECURSIVE = 0x8000,
};

/*
 * Reads a path of the current process into the last member of an event. Gives the
 * bytes of the event that are used then; 0 never happens and helps the verifier.
 */
#define read_path(event, from)								\
	({										\
		long got_ = bpf_probe_read_user_str((event)->path, sizeof((event)->path), from); \
		__u64 bytes_;								\
											\
		(event)->truncated = got_ <= 0 || got_ == sizeof((event)->path);	\
		if (got_ <= 0) {							\
			(event)->path[0] = 0;						\
			got_ = 1;							\
		}									\
		bytes_ = offsetof(typeof(*(event)), path) + got_;			\
		bytes_ <= sizeof(*(event)) ? bytes_ : 0;				\
	})

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct atomic_counter {
	int counter;
};

enum {
	SIGNAL_GROUP_EXIT = 4,	/* signal_struct.flags: all threads are ending, with group_exit_code */
};

struct signal_struct {
	struct atomic_counter live;
	unsigned int flags;
	int group_exit_code;
	short oom_score_adj;
};

struct kernel_siginfo {
	int si_code;
};

struct user_id {
	unsigned int val;
};

/* 64 bits; before Linux 6.3, two halves of 32. It has another name in the kernel and is read as a whole. */
struct capability_set {
	__u64 bits;
};

struct ns_common {
	unsigned int inum;
};

struct user_namespace {
	int level;
	struct user_id owner;
	struct user_namespace *parent;
	struct ns_common ns;
};

struct cred {
	struct user_id uid;
	struct user_id euid;
	struct capability_set cap_effective;
	struct user_namespace *user_ns;
};

struct kernfs_node {
	__u64 id;
	const char *name;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[];	/* Linux 6.1 or later */
};

struct cgroup___before_6_1 {
	__u64 ancestor_ids[1];
};

struct super_block {
	__u32 s_dev;
};

#define S_IFMT	0xf000

/* Of inode.i_mode, with S_IFMT. */
enum file_type {
	NO_TYPE,	/* such as eventfd and epoll */
	S_IFIFO = 0x1000,
	S_IFCHR = 0x2000,
	S_IFDIR = 0x4000,
	S_IFBLK = 0x6000,
	S_IFREG = 0x8000,
	S_IFLNK = 0xa000,
	S_IFSOCK = 0xc000,
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	unsigned int i_nlink;
	long long i_size;
	struct super_block *i_sb;
};

struct qstr {
	unsigned int len;
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
	struct dentry *d_parent;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

enum {
	FMODE_CREATED = 1 << 20,	/* file.f_mode: the file did not exist before */
};

struct file {
	unsigned int f_mode;
	struct inode *f_inode;
	long long f_pos;
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

enum cgroup_subsys_id {
	memory_cgrp_id,		/* the number depends on the kernel's configuration */
};

struct css_set {
	struct cgroup *dfl_cgrp;
	struct cgroup_subsys_state *subsys[1];
};

enum {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
	MM_COUNTERS,
};

struct wide_atomic_counter {
	long counter;
};

struct percpu_counter {
	__s64 count;	/* without what each CPU has not added yet */
};

struct mm_rss_stat {
	struct wide_atomic_counter count[MM_COUNTERS];
};

struct mm_struct___full {
	unsigned long total_vm;
	struct wide_atomic_counter pgtables_bytes;
	struct percpu_counter rss_stat[MM_COUNTERS];
};

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

/* What kernel.h does not have of it. */
struct task_struct___full {
	int pid;
	int tgid;
	int exit_code;
	__u64 start_boottime;
	struct mm_struct___full *mm;
	const struct cred *cred;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	struct files_struct *files;
	struct signal_struct *signal;
	struct task_struct___full *real_parent;
	struct task_struct___full *group_leader;
	char comm[TASK_COMM_LEN];
};

/* Only x86 has this status: whether the current system call is one of a 32-bit program. */
enum {
	TS_COMPAT = 2,
};

struct thread_info___x86 {
	unsigned int status;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

/* The registers in which a function of the kernel gets its first parameters, for programs that have no fentry. */
struct pt_regs___x86 {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
};

struct pt_regs___arm64 {
	__u64 regs[31];
};

#pragma clang attribute pop

#define PARAMETER(registers, number, x86)							\
	(bpf_core_field_exists(((struct pt_regs___x86 *)(registers))->x86)			\
		? BPF_CORE_READ((struct pt_regs___x86 *)(registers), x86)			\
	 : bpf_core_field_exists(((struct pt_regs___arm64 *)(registers))->regs)			\
		? BPF_CORE_READ((struct pt_regs___arm64 *)(registers), regs[number]) : 0)
#define PARAMETER1(registers)	PARAMETER(registers, 0, di)
#define PARAMETER2(registers)	PARAMETER(registers, 1, si)
#define PARAMETER3(registers)	PARAMETER(registers, 2, dx)

/* As fill_task(), of a task that need not be the current one. */
#define fill_task_of(event, task)							\
	do {										\
		(event)->time = bpf_ktime_get_boot_ns();				\
		(event)->pid = BPF_CORE_READ(task, tgid);				\
		(event)->tid = BPF_CORE_READ(task, pid);				\
		(event)->ppid = BPF_CORE_READ(task, real_parent, tgid);			\
		(event)->uid = BPF_CORE_READ(task, cred, uid.val);			\
		BPF_CORE_READ_STR_INTO(&(event)->comm, task, comm);			\
		(event)->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);	\
	} while (0)

/* The open file that a descriptor of the current process stands for, or NULL. */
static __always_inline struct file *file_at(int fd)
{
	struct task_struct___full *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if ((__u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	return file;
}

static __always_inline __u64 cgroup_at(struct cgroup *cgroup, int level)
{
	struct cgroup___before_6_1 *old = (void *)cgroup;
	struct cgroup *ancestor, **ancestors;
	__u64 id = 0, *ids;

	if (level > BPF_CORE_READ(cgroup, level))
		return 0;
	if (bpf_core_field_exists(cgroup->ancestors)) {
		ancestors = __builtin_preserve_access_index(&cgroup->ancestors[0]);
		bpf_probe_read_kernel(&ancestor, sizeof(ancestor), ancestors + level);
		return BPF_CORE_READ(ancestor, kn, id);
	}
	ids = __builtin_preserve_access_index(&old->ancestor_ids[0]);
	bpf_probe_read_kernel(&id, sizeof(id), ids + level);
	return id;
}

static __attribute__((noinline, unused)) int match_task(struct task_struct___full *task)
{
	__u32 kinds = bpfps_target_kinds, levels = bpfps_target_levels;
	struct bpfps_target target;
	struct cgroup *cgroup;
	int level;

	bpfps_clear_target(&target, BPFPS_PROCESS);
	target.number = BPF_CORE_READ(task, tgid);
	if (kinds & 1 << BPFPS_PROCESS && !bpfps_has_target(&target))
		return 0;
	target.kind = BPFPS_USER;
	target.number = BPF_CORE_READ(task, cred, uid.val);
	if (kinds & 1 << BPFPS_USER && !bpfps_has_target(&target))
		return 0;
	target.kind = BPFPS_COMMAND;
	BPF_CORE_READ_STR_INTO(&target.command, task, comm);
	if (kinds & 1 << BPFPS_COMMAND && !bpfps_has_target(&target))
		return 0;
	if (!(kinds & 1 << BPFPS_CGROUP))
		return 1;
	cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	bpfps_clear_target(&target, BPFPS_CGROUP);
	for (level = 0; level < BPFPS_CGROUP_LEVELS; level++) {
		if (!(levels & 1 << level))
			continue;
		target.number = cgroup_at(cgroup, level);
		if (target.number && bpfps_has_target(&target))
			return 1;
	}
	return 0;
}

/* What bpfps_is_target() says of the current task, of any task. */
static __always_inline bool is_target_task(struct task_struct___full *task)
{
	return !bpfps_target_kinds || match_task(task);
}

#endif /* BPFPS_FILE_H */
