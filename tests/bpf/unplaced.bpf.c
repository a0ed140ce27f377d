/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * unplaced - programs whose sections do not say where, and some that libbpf does not know.
 *
 * Serves the property "what a section leaves open is asked for by the name of
 * the parameter, and what is misspelt names what is called alike".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define PROGRAM(section, name, verdict) \
	SEC(section) int name(void *context) { return verdict; }

PROGRAM("kprobe", no_kprobe, 0)
PROGRAM("kprobe.multi", no_kprobe_multi, 0)
PROGRAM("ksyscall", no_ksyscall, 0)
PROGRAM("uprobe", no_uprobe, 0)
PROGRAM("usdt", no_usdt, 0)
PROGRAM("tracepoint", no_tracepoint, 0)
PROGRAM("raw_tp", no_raw_tp, 0)
PROGRAM("raw_tp.w", no_raw_tp_w, 0)
PROGRAM("tp_btf", no_tp_btf, 0)
PROGRAM("fentry", no_fentry, 0)
PROGRAM("fmod_ret.s", no_fmod_ret_s, 0)
PROGRAM("freplace", no_freplace, 0)
PROGRAM("lsm", no_lsm, 0)
PROGRAM("lsm_cgroup", no_lsm_cgroup, 1)
PROGRAM("iter", no_iter, 0)

/* libbpf knows it since 1.2; none of its maps names it here. */
PROGRAM("struct_ops.s/sleeps", operation_that_sleeps, 0)

PROGRAM("tracepont/sched/sched_switch", misspelt_tracepoint, 0)
PROGRAM("cgroup/conect4", misspelt_connect4, 1)
PROGRAM("nobody/knows/this", unknown, 0)
