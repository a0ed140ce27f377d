/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * registers.h - arguments and results of functions, for programs on kprobes and
 * uprobes. <bpf/bpf_tracing.h> has macros for that too, but an object that uses
 * those is for one architecture only; with this, the loader finds out which it is.
 */
#ifndef BPFPS_REGISTERS_H
#define BPFPS_REGISTERS_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___x86 {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long cx;
	unsigned long ax;
};

struct pt_regs___arm64 {
	__u64 regs[31];
};

#pragma clang attribute pop

#define read_register(registers, x86, arm64)						\
	(bpf_core_field_exists(((struct pt_regs___x86 *)(registers))->x86)		\
		? BPF_CORE_READ((struct pt_regs___x86 *)(registers), x86)		\
		: BPF_CORE_READ((struct pt_regs___arm64 *)(registers), regs[arm64]))

#define first_argument(registers)	read_register(registers, di, 0)
#define second_argument(registers)	read_register(registers, si, 1)
#define third_argument(registers)	read_register(registers, dx, 2)
#define fourth_argument(registers)	read_register(registers, cx, 3)
#define result_of(registers)		read_register(registers, ax, 0)

#endif /* BPFPS_REGISTERS_H */
