/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * partly_refused - a program that the verifier lets pass, and one that it does not.
 *
 * Serves the property "the error names the part that failed".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("socket")
int let_pass(void *packet)
{
	return 0;
}

SEC("socket")
int refused(void *packet)
{
	return *(int *)(packet + 4096);
}
