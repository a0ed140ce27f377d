/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * probed - a program with a USDT probe, bpfps_test:step(NUMBER, DOUBLE), and
 * two functions of like names. For each line that it reads it passes all of
 * them once, and says so. The note is what <sys/sdt.h> would write; see
 * https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation.
 */
#include <stdio.h>

__attribute__((noinline)) long passed_first(long number)
{
	__asm__ volatile("" ::: "memory");
	return number + 1;
}

__attribute__((noinline)) long passed_second(long number)
{
	__asm__ volatile("" ::: "memory");
	return number + 2;
}

static void step(long number, long twice)
{
	__asm__ volatile(
		"990: nop\n"
		".pushsection .note.stapsdt,\"\",\"note\"\n"
		".balign 4\n"
		".4byte 992f-991f, 994f-993f, 3\n"
		"991: .asciz \"stapsdt\"\n"
		"992: .balign 4\n"
		"993: .8byte 990b\n"
		".8byte _.stapsdt.base\n"
		".8byte 0\n"
		".asciz \"bpfps_test\"\n"
		".asciz \"step\"\n"
		".asciz \"8@%0 8@%1\"\n"
		"994: .balign 4\n"
		".popsection\n"
		".ifndef _.stapsdt.base\n"
		".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
		".weak _.stapsdt.base\n"
		".hidden _.stapsdt.base\n"
		"_.stapsdt.base: .space 1\n"
		".size _.stapsdt.base, 1\n"
		".popsection\n"
		".endif\n"
		:: "r"(number), "r"(twice));
}

int main(void)
{
	char line[64];
	long count = 0;

	while (fgets(line, sizeof(line), stdin)) {
		count++;
		step(count, 2 * count);
		printf("%ld %ld %ld\n", count, passed_first(count), passed_second(count));
		fflush(stdout);
	}
	return 0;
}
