/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * layout - where the members of struct layout are, as the C compiler of this
 * machine has them: a line for each, its name, first bit and number of bits.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef signed char s8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
#include "layout.h"

static void bits(const char *name, const unsigned char *bytes)
{
	int first = -1, count = 0;

	for (unsigned int i = 0; i < sizeof(struct layout) * 8; i++)
		if (bytes[i / 8] >> (i % 8) & 1) {
			first = first < 0 ? (int)i : first;
			count++;
		}
	printf("%s %d %d\n", name, first, count);
}

int main(void)
{
	static struct layout it;

	printf("%zu\n", sizeof(it));
#define F(member) printf(#member " %zu %zu\n", offsetof(struct layout, member) * 8, sizeof(it.member) * 8);
#define B(member) memset(&it, 0, sizeof(it)); it.member = -1; bits(#member, (unsigned char *)&it);
	MEMBERS(F, B)
	return 0;
}
