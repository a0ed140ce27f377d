/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * many - programs of many functions at once, whose sections do not say which.
 *
 * Serves the property "what libbpf attaches to many functions is attached to
 * those that -Target names".
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 uprobe_runs;
__u64 kprobe_runs;

#define COUNT(section, name, counter) \
	SEC(section) int name(void *context) { __sync_fetch_and_add(&counter, 1); return 0; }

COUNT("uprobe.multi", any_uprobe_multi, uprobe_runs)
COUNT("uretprobe.multi", any_uretprobe_multi, uprobe_runs)
COUNT("uprobe.session", any_uprobe_session, uprobe_runs)
COUNT("kprobe.multi", any_kprobe_multi, kprobe_runs)
COUNT("kretprobe.multi", any_kretprobe_multi, kprobe_runs)
COUNT("kprobe.session", any_kprobe_session, kprobe_runs)
