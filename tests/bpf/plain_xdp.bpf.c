/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * plain_xdp - lets everything pass.
 *
 * Serves the property "what another program attached is seen and replaced":
 * iproute2, which attaches it, takes nothing but the program.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int plain(void *ctx)
{
	return 2;	/* XDP_PASS */
}

char LICENSE[] SEC("license") = "GPL";
