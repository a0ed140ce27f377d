/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * congestion_hook - a TCP congestion control that counts, and does next to nothing.
 *
 * Serves the property "operations of the kernel are taken over as long as the
 * object is started".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "congestion.h"

CONGESTION_CONTROL(".struct_ops", hook_cc, "bpfps_hook_cc");

char LICENSE[] SEC("license") = "GPL";
