/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * replacement - functions to be put in the place of replaceable's verdict.
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

SEC("freplace")
int drop(struct xdp_md *packet)
{
	return 1;	/* XDP_DROP */
}

SEC("freplace/verdict")
int drop_by_section(struct xdp_md *packet)
{
	return 1;
}

SEC("freplace/verdct")
int misspelt(struct xdp_md *packet)
{
	return 1;
}

/* The function gives an int and takes a packet. */
SEC("freplace/verdict")
long take_numbers(int one, int another)
{
	return one + another;
}
