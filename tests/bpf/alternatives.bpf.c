/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * alternatives - two programs for one hook, of which only one is meant.
 *
 * Serves the property "what an object is said to need is what the programs that
 * a start would load need".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int older(void *ctx)
{
	return 0;
}

SEC("tp_btf/sys_enter")
int newer(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
