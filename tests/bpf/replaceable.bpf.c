/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * replaceable - an XDP program whose verdict is a function of its own.
 *
 * Serves the property "a function of a loaded program is replaced".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* The kernel knows a function that takes a context by the name of this struct. */
struct xdp_md {
	__u32 data;
	__u32 data_end;
};

__attribute__((noinline)) int verdict(struct xdp_md *packet)
{
	volatile int pass = 2;	/* XDP_PASS: not for the compiler to see */

	return packet ? pass : 0;
}

SEC("xdp")
int ask_for_verdict(struct xdp_md *packet)
{
	return verdict(packet);
}
