/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * nobtf - a program without type information: the build compiles it without -g.
 *
 * Serves the property "an object and a live program without BTF are loaded and
 * listed like any other, and what would need BTF says that it is missing".
 *
 * Without BTF libbpf knows no map, so the program has none, and it is a socket
 * filter because that needs no type of the kernel either.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("socket")
int nobtf(void *ctx)
{
	return ctx != 0;
}
