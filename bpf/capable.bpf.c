/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * capable - one event for each privilege (capability) that the kernel asks for.
 *
 * Why: which capabilities a service really needs, so that it can have those and
 * no others; and why something is not permitted to a process that seems to be
 * allowed to.
 *
 * What the fields mean:
 *   capability	what was asked for, see capabilities(7)
 *   granted	whether the process has it in that user namespace
 *   user_namespace	for which user namespace, as /proc/PID/ns/user shows it
 *   stack	what the kernel was doing that it asked: the way from the system call
 *		down to the question
 *
 * The kernel also asks where it only wants to know: whether memory that is kept
 * for the administrator may be used (CAP_SYS_ADMIN, at each start of a program),
 * or whether a limit applies. That this is refused does not make anything fail.
 *
 * Not reported: what a security module such as SELinux refuses by itself; what is
 * permitted without a capability, such as to the owner of a file; before Linux
 * 6.14, questions that the compiler has answered in place, such as those about
 * memory.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "task.h"
#include "file.h"
#include "stacks.h"

#define STACKS		4096
#define NAMESPACES	32	/* how deep user namespaces can be in each other */

enum capability {
	CAP_CHOWN,
	CAP_DAC_OVERRIDE,
	CAP_DAC_READ_SEARCH,
	CAP_FOWNER,
	CAP_FSETID,
	CAP_KILL,
	CAP_SETGID,
	CAP_SETUID,
	CAP_SETPCAP,
	CAP_LINUX_IMMUTABLE,
	CAP_NET_BIND_SERVICE,
	CAP_NET_BROADCAST,
	CAP_NET_ADMIN,
	CAP_NET_RAW,
	CAP_IPC_LOCK,
	CAP_IPC_OWNER,
	CAP_SYS_MODULE,
	CAP_SYS_RAWIO,
	CAP_SYS_CHROOT,
	CAP_SYS_PTRACE,
	CAP_SYS_PACCT,
	CAP_SYS_ADMIN,
	CAP_SYS_BOOT,
	CAP_SYS_NICE,
	CAP_SYS_RESOURCE,
	CAP_SYS_TIME,
	CAP_SYS_TTY_CONFIG,
	CAP_MKNOD,
	CAP_LEASE,
	CAP_AUDIT_WRITE,
	CAP_AUDIT_CONTROL,
	CAP_SETFCAP,
	CAP_MAC_OVERRIDE,
	CAP_MAC_ADMIN,
	CAP_SYSLOG,
	CAP_WAKE_ALARM,
	CAP_BLOCK_SUSPEND,
	CAP_AUDIT_READ,
	CAP_PERFMON,
	CAP_BPF,
	CAP_CHECKPOINT_RESTORE,
};

struct capable_event {
	TASK_MEMBERS;
	enum capability capability;
	__u32 user_namespace;
	bpfps_kernel_stack_t stack;
	bool granted;
};

_Static_assert(offsetof(struct capable_event, granted) == 60, "hidden padding");

BPFPS_HELP("Which privileges are asked for, and which are refused?",
	   "Watch-BpfEvent capable -Filter { -not $_.granted }",
	   "What a security module refuses by itself.",
	   "1.3 us for each question; 0.3 us if with_stack is off; 0.1 us for each that unique leaves out");
BPFPS_VIEW("time pid uid comm capability:22 granted:7 user_namespace stack:6");

BPFPS_TOOL("Reports every capability that the kernel asks for, and whether the process has it.");

BPFPS_VARIABLE(bool, denied, false, "", "Only what is refused.");
BPFPS_VARIABLE(bool, unique, false, "", "Of each process, report each capability once, and once more if the answer changes.");
BPFPS_VARIABLE(bool, with_stack, true, "", "Also take the kernel's stack; if false, stack is NO_STACK (-2).");

BPFPS_EVENTS(events, struct capable_event, 1 << 20);

STACKS_MAP(STACKS);

struct question {
	__u32 pid;
	__u32 capability;
	__u64 granted;
};

/* With unique, what has been reported. If the map is full, the least recently asked question goes, and is new again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct question);
	__type(value, __u8);
} asked SEC(".maps") BPFPS_INTERNAL;

static __always_inline bool is_new(__u32 capability, bool granted)
{
	struct question question = { .capability = capability, .granted = granted };
	__u8 yes = 1;

	question.pid = bpf_get_current_pid_tgid() >> 32;
	if (bpf_map_lookup_elem(&asked, &question))
		return false;
	bpf_map_update_elem(&asked, &question, &yes, BPF_ANY);
	return true;
}

static __always_inline int report(void *ctx, struct user_namespace *space, __u32 capability, bool granted)
{
	struct capable_event event = {};

	if ((denied && granted) || (unique && !is_new(capability, granted)))
		return 0;
	fill_task(&event);
	event.capability = capability;
	event.granted = granted;
	event.user_namespace = BPF_CORE_READ(space, ns.inum);
	event.stack = with_stack ? bpf_get_stackid(ctx, &stacks, 0) : NO_STACK;
	bpfps_output(events, &event, BYTES_UP_TO(struct capable_event, granted));
	return 0;
}

/* What the kernel answers, for programs that run before it does. */
static __always_inline bool has_capability(const struct cred *cred, struct user_namespace *space, __u32 capability)
{
	struct user_namespace *own = BPF_CORE_READ(cred, user_ns), *parent;
	__u64 effective = 0;
	int i;

	bpf_core_read(&effective, sizeof(effective), &cred->cap_effective);
	for (i = 0; i < NAMESPACES; i++) {
		if (space == own)
			return effective >> (capability & 63) & 1;
		if (BPF_CORE_READ(space, level) <= BPF_CORE_READ(own, level))
			return false;
		/* Who made a namespace has every capability in it. */
		parent = BPF_CORE_READ(space, parent);
		if (parent == own && BPF_CORE_READ(space, owner.val) == BPF_CORE_READ(cred, euid.val))
			return true;
		space = parent;
	}
	return false;
}

/* Linux 6.14 or later. */
SEC("tp_btf/cap_capable") BPFPS_ONE_OF("capable")
int BPF_PROG(answered, const struct cred *cred, struct user_namespace *space, const struct user_namespace *having, int capability,
	     int result)
{
	return bpfps_is_target() ? report(ctx, space, capability, !result) : 0;
}

SEC("fexit/cap_capable") BPFPS_ONE_OF("capable")
int BPF_PROG(returned, const struct cred *cred, struct user_namespace *space, int capability, unsigned int options, int result)
{
	return bpfps_is_target() ? report(ctx, space, capability, !result) : 0;
}

SEC("kprobe/cap_capable") BPFPS_ONE_OF("capable")
int called(struct pt_regs *registers)
{
	struct user_namespace *space = (void *)PARAMETER2(registers);
	__u32 capability = PARAMETER3(registers);

	if (!bpfps_is_target())
		return 0;
	return report(registers, space, capability, has_capability((void *)PARAMETER1(registers), space, capability));
}
