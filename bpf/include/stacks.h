/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * stacks.h - the map of the stacks that bpf_get_stackid() takes. Include it after
 * kernel.h and the headers of libbpf.
 */
#ifndef BPFPS_STACKS_H
#define BPFPS_STACKS_H

/* Room for so many stacks, of which each can be as deep as the kernel's default allows. */
#define STACKS_MAP(count)						\
	struct {							\
		__uint(type, BPF_MAP_TYPE_STACK_TRACE);			\
		__uint(max_entries, count);				\
		__uint(key_size, sizeof(__u32));			\
		__uint(value_size, STACK_DEPTH * sizeof(__u64));	\
	} stacks SEC(".maps")

#endif /* BPFPS_STACKS_H */
