/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * usdt - takes the arguments of a probe that a program has built in.
 *
 * Serves the property "USDT probes are found in their file and run for the
 * processes that they are for". The test has it compiled as a user's source:
 * libbpf's header needs the machine's own headers.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "GPL";

__u64 runs;
__u64 sum;
__u64 sleepable_runs;
__u64 named_runs;

SEC("usdt")
int BPF_USDT(take_arguments, long first, long second)
{
	__sync_fetch_and_add(&runs, 1);
	__sync_fetch_and_add(&sum, (__u64)(first * 1000 + second));
	return 0;
}

SEC("usdt.s")
int BPF_USDT(take_and_sleep, long first, long second)
{
	__sync_fetch_and_add(&sleepable_runs, 1);
	return 0;
}

/* The section names the function, and not its file. */
SEC("uprobe/passed_first")
int named_function(void *context)
{
	__sync_fetch_and_add(&named_runs, 1);
	return 0;
}

/* The sections name a file that no machine has. */
__u64 wholly_runs;
SEC("uprobe//no/such/file:passed_first")
int named_wholly(void *context)
{
	__sync_fetch_and_add(&wholly_runs, 1);
	return 0;
}

SEC("usdt//no/such/file:bpfps_test:step")
int probe_of_other_file(void *context)
{
	__sync_fetch_and_add(&runs, 1);
	return 0;
}

SEC("uprobe/getenv")
int named_of_library(void *context)
{
	return 0;
}
