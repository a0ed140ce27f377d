/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * misplaced - programs whose sections name places that no machine has, and one that leaves its place open.
 *
 * Serves the property "whether an object can be started here is known before
 * it is started". All of them load.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_nosuchcall")
int tracepoint(void *ctx)
{
	return 0;
}

SEC("raw_tp/nosuchtracepoint")
int raw_tracepoint(void *ctx)
{
	return 0;
}

SEC("uprobe//bin/bash:nosuchfunction")
int function(void *ctx)
{
	return 0;
}

SEC("tp_btf")
int anywhere(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
