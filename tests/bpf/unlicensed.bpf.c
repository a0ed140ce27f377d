/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * unlicensed - a program that says it is not under the GPL and calls a helper
 * that only such programs may call.
 *
 * Serves the property "the error names the reason, the line and what to do".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Proprietary";

SEC("tracepoint/syscalls/sys_enter_getppid")
int licence(void *context)
{
	char text[] = "hello";

	bpf_trace_printk(text, sizeof(text)); /* licence */
	return 0;
}
