/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * types.h - an event with one of everything that C can put into it. The values
 * that types.bpf.c sends stand behind the members.
 */
#ifndef TYPES_H
#define TYPES_H

enum colour {
	COLOUR_RED = 1,
	COLOUR_GREEN = 2,
	COLOUR_BLUE = 0x7fffffff,
};

enum temperature {
	TEMPERATURE_COLD = -40,
	TEMPERATURE_WARM = 20,
};

/* A compiler before clang 15 cannot say this in BTF and writes a plain integer or cuts it. */
#if __clang_major__ >= 15
enum distance {
	DISTANCE_NEAR = 1,
	DISTANCE_FAR = 0x8000000000000001ULL,
};
#endif

struct point {
	__s16 x;
	__s16 y;
	__s32 z;
};

union number {
	__u32 whole;
	__u8 bytes[4];
	struct {
		__u16 low;
		__u16 high;
	} halves;
};

struct types_event {
	/* integers */
	__u8 u8;		/* 0x81 = 129 */
	__s8 s8;		/* -2 */
	__u16 u16;		/* 0x8182 = 33154 */
	__s16 s16;		/* -515 = 0xfdfd */
	__u32 u32;		/* 0x81828384 = 2172814212 */
	__s32 s32;		/* -84148995 = 0xfafbfcfd */
	__u64 u64;		/* 0x8182838485868788 = 9332165983064197000 */
	__s64 s64;		/* -361417177322424579 = 0xfafbfcfdf9f8f6fd */
	unsigned __int128 u128;	/* 0x8182838485868788_0102030405060708 */
	__int128 s128;		/* -2 */
	char letter;		/* 'A' */
	bool yes;		/* true */
	bool no;		/* false */

	/* text */
	char text[16];		/* "hello" and eleven NUL */
	char full[16];		/* "0123456789abcdef", no NUL */
	char control[8];	/* "a\033[1m\n" and a NUL, then 'Z' behind it */

	/* arrays */
	__s32 numbers[4];	/* 1, -2, 3, -4 */
	__u16 matrix[2][3];	/* {11, 12, 13}, {21, 22, 23} */
	struct point points[2];	/* {1, -1, 100000}, {2, -2, -100000} */
	__u8 raw[5];		/* 0xde 0xad 0xbe 0xef 0x00 */

	/* structs and unions */
	struct point point;	/* {-7, 8, -9} */
	struct {
		__u32 inner_first;	/* 0x0a0b0c0d */
		__u32 inner_second;	/* 0x1a1b1c1d */
	};
	union {
		__u64 as_u64;		/* 0x4142434445464748 */
		char as_text[8];	/* "HGFEDCBA", no NUL */
	};
	union number number;	/* whole 0x04030201, bytes 1 2 3 4, halves 0x0201 and 0x0403 */

	/* bit fields, which begin in the middle of their words and end there */
	__u32 bit1 : 1;		/* 1 */
	__u32 bits3 : 3;	/* 5 */
	__s32 signed5 : 5;	/* -11 */
	__u32 bits17 : 17;	/* 0x15555 = 87381 */
	__u32 : 0;
	__u64 bits33 : 33;	/* 0x1aaaaaaaa = 7158278826 */
	__s64 signed20 : 20;	/* -300000 */
	__u64 flag : 1;		/* 1 */

	/* enums */
	enum colour colour;		/* COLOUR_BLUE */
	enum colour unnamed_colour;	/* 77, which has no name */
	enum temperature temperature;	/* TEMPERATURE_COLD (clang 14 does not mark the enum signed) */
#if __clang_major__ >= 15
	enum distance distance;		/* DISTANCE_FAR */
#endif

	/* addresses and reals */
	void *pointer;			/* 0xffff888000001234 */
	const struct point *to_point;	/* 0x1000 */
	double real;			/* 1.5 */
	float small_real;		/* -0.25 */

	/* types with a meaning */
	bpfps_time_t time;		/* now */
	bpfps_duration_t duration;	/* 1234567890 ns */
	bpfps_ipv4_t ipv4;		/* 192.0.2.1 */
	bpfps_ipv6_t ipv6;		/* 2001:db8::1:2 */
	bpfps_port_t port;		/* 443 */
	bpfps_mac_t mac;		/* 02:00:5e:10:00:ff */
	bpfps_errno_t failure;		/* -2: ENOENT */
	bpfps_errno_t positive_failure;	/* 13: EACCES */
	bpfps_cgroup_t cgroup;		/* of the calling process */
	bpfps_pid_t pid;		/* of the calling process */
	bpfps_kernel_stack_t kernel_stack;	/* -14: no stack */
	bpfps_user_stack_t user_stack;		/* -17: no stack */
	__be16 be16;			/* 0x1234 */
	__be32 be32;			/* 0x12345678 */
	__be64 be64;			/* 0x123456789abcdef0 */
	bpfps_strings_t strings;	/* "one", "", "three" */
};

#define STRINGS "one\0\0three"	/* with the NUL that ends it: 11 bytes */

#endif /* TYPES_H */
