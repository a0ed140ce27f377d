/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * congestion_link - a TCP congestion control that counts, and does next to nothing.
 *
 * Serves the property "operations that ask for a link of their own get one".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "congestion.h"

CONGESTION_CONTROL(".struct_ops.link", link_cc, "bpfps_link_cc");

char LICENSE[] SEC("license") = "GPL";
