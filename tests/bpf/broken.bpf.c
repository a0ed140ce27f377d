/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * broken - does not compile, by intention, and is no part of the build: tests
 * hand it to the compiler at run time.
 *
 * Serves the property "an error of the compiler names the file, line and column
 * and what is wrong there": an unknown type and a missing semicolon, each on a
 * line that says so.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include "bpfps.h"

BPFPS_TOOL("Test: a program that does not compile.");

unknown_t mystery; /* error: unknown type name 'unknown_t' */

SEC("socket")
int broken(void *ctx)
{
	int length = 0 /* error: expected ';' */

	return length;
}
