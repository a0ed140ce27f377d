/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * probe_saved - what is in probe.bpf.c, for object files that any loader takes.
 *
 * Why: the programs that follow the children of processes are loaded only when
 * somebody asks for that. Some loaders, bpftool among them, want to pin every
 * program that a file has, and stumble over those.
 */
#define BPFPS_WITHOUT_CHILDREN
#include "probe.bpf.c"
