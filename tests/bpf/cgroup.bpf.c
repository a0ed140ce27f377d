/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * cgroup - counts what a cgroup sends, in the two storages of cgroup programs.
 *
 * Serves the property "entries that only a program's attachment makes are read
 * and written". The suite attaches it with bpftool.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

struct bpf_cgroup_storage_key {
	__u64 cgroup_inode_id;
	__u32 attach_type;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} sent_by_cpu SEC(".maps");

SEC("cgroup_skb/egress")
int count(void *skb)
{
	__u64 *all = bpf_get_local_storage(&sent, 0);
	__u64 *here = bpf_get_local_storage(&sent_by_cpu, 0);

	__sync_fetch_and_add(all, 1);
	*here += 1;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
