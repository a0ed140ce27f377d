/*
 * Does a known number of things that can be traced: calls functions of its own, passes USDT probes, and reads /dev/zero.
 *
 *	probed ROUNDS	says "ready", waits for a line, does them, and ends
 *	probed spin MS	uses so much time of a CPU
 *
 * The notes of the probes are written out, as sys/sdt.h would, so that the test does not need that header.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROBE(provider, name, semaphore, arguments, ...)				\
	__asm__ volatile("990: nop\n"							\
			 ".pushsection .note.stapsdt, \"?\", \"note\"\n"		\
			 ".balign 4\n"							\
			 ".4byte 992f - 991f, 994f - 993f, 3\n"			\
			 "991: .asciz \"stapsdt\"\n"					\
			 "992: .balign 4\n"						\
			 "993: .8byte 990b\n"						\
			 ".8byte 0\n"							\
			 ".8byte " semaphore "\n"					\
			 ".asciz \"" provider "\"\n"					\
			 ".asciz \"" name "\"\n"					\
			 ".asciz \"" arguments "\"\n"					\
			 "994: .balign 4\n"						\
			 ".popsection\n" :: __VA_ARGS__)

enum color { RED, GREEN = 5 };

struct large {
	long first, second, third;
};

volatile unsigned short probed_paid_semaphore __attribute__((section(".probes"), used));

__attribute__((noinline, noclone)) int add(int a, unsigned char b, const char *name, double factor, enum color color, char *room)
{
	__asm__ volatile("" ::: "memory");
	room[0] = (char)a;
	return a + b + (name[0] == 0) + (factor < 0) + (color == RED);
}

__attribute__((noinline, noclone)) long factorial(long n)
{
	__asm__ volatile("" ::: "memory");
	return n <= 1 ? 1 : n * factorial(n - 1);
}

__attribute__((noinline, noclone)) void behind_struct(struct large large, int number)
{
	__asm__ volatile("" :: "r"(number), "m"(large));
}

static inline __attribute__((always_inline)) int put_into_others(int n)
{
	return n + 1;
}

__attribute__((noinline)) static void ordered(int number, const char *what, short *change)
{
	PROBE("probed", "ordered", "0", "-4@%0 8@%1 -2@%2 -8@$-9", "r"(number), "r"(what), "m"(*change));
}

__attribute__((noinline)) static void ordered_elsewhere(int number, const char *what, short *change)
{
	PROBE("probed", "ordered", "0", "-4@%0 8@%1 -2@%2 -8@$-9", "m"(number), "m"(what), "r"(*change));
}

__attribute__((noinline)) static void paid(long amount)
{
	if (probed_paid_semaphore)
		PROBE("probed", "paid", "probed_paid_semaphore", "8@%0", "r"(amount));
}

static void spin(long milliseconds)
{
	struct timespec used;

	do {
		for (volatile int i = 0; i < 1000000; i++) /* here, and not in the vDSO */
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	} while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < milliseconds);
}

int main(int count, char **arguments)
{
	char room[1024], first[] = "first order", second[] = "second order";
	struct large large = { 1, 2, 3 };
	int rounds, zero;
	short change;

	if (count == 3 && !strcmp(arguments[1], "spin")) {
		spin(atol(arguments[2]));
		return 0;
	}
	rounds = atoi(arguments[count - 1]);
	zero = open("/dev/zero", O_RDONLY);
	puts("ready");
	fflush(stdout);
	if (!fgets(room, sizeof(room), stdin))
		return 1;
	for (int i = 0; i < rounds; i++) {
		volatile int sum = add(-i, 7, "hello", 1.5, GREEN, room);

		behind_struct(large, put_into_others(sum));
		change = (short)-i;
		ordered(i, first, &change);
		change = (short)(i + 100);
		ordered_elsewhere(-i, second, &change);
		paid(1L << 40 | i);
		if (read(zero, room, 777) != 777 || access("/probed/is not there", F_OK) == 0)
			return 2;
	}
	return factorial(5) == 120 ? 0 : 3;
}
