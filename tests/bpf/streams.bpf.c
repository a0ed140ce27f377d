/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * streams - writes a line to each of its two streams for each call of one kind
 * that one process makes, where the kernel has streams (since Linux 6.17).
 *
 * Serves the property "what a program writes to its streams is told, with the
 * name of the program and the stream".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 producer_pid;
const volatile __s32 syscall_nr = 110;
__u64 calls;
__s32 result = 1; /* of the last write: 0, or an errno; 1 where the kernel has no streams */

/*
 * 7.x has the first; it fills in who calls. 6.18 has the second. libbpf takes a
 * weak function whose parameters differ for one that is not there.
 */
extern int bpf_stream_vprintk(int stream_id, const char *fmt__str, const void *args, __u32 len__sz) __weak __ksym;
extern int bpf_stream_vprintk_impl(int stream_id, const char *fmt__str, const void *args, __u32 len__sz, void *aux__prog) __weak __ksym;

static const char line[] = "call %llu\n";
static const char two_lines[] = "first of %llu\nsecond, with no end";

SEC("tp_btf/sys_enter")
int BPF_PROG(stream_call, struct pt_regs *regs, long call)
{
	__u64 number;

	if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
		return 0;
	number = __sync_fetch_and_add(&calls, 1);
	if (bpf_stream_vprintk_impl) {
		result = bpf_stream_vprintk_impl(1, line, &number, sizeof(number), 0);
		bpf_stream_vprintk_impl(2, two_lines, &number, sizeof(number), 0);
	} else if (bpf_stream_vprintk) {
		result = bpf_stream_vprintk(1, line, &number, sizeof(number));
		bpf_stream_vprintk(2, two_lines, &number, sizeof(number));
	}
	return 0;
}
