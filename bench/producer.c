// SPDX-License-Identifier: MIT
/*
 * producer - makes events for tests/bpf/burst.bpf.c: calls getppid in a loop on a CPU of its own.
 *
 *   producer CPU SECONDS RATE     RATE calls a second, 0 for as many as it can
 *
 * It prints its process id, waits for SIGUSR1, runs, and prints "CALLS SECONDS".
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	unsigned long long calls = 0;
	double seconds, rate, begin, elapsed;
	sigset_t start;
	cpu_set_t cpus;
	int number;

	if (argc != 4) {
		fprintf(stderr, "usage: producer CPU SECONDS RATE\n");
		return 2;
	}
	seconds = atof(argv[2]);
	rate = atof(argv[3]);
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sigemptyset(&start);
	sigaddset(&start, SIGUSR1);
	sigprocmask(SIG_BLOCK, &start, NULL);
	printf("%d\n", getpid());
	fflush(stdout);
	sigwait(&start, &number);

	begin = now();
	do {
		/* A hundred calls between looks at the clock; paced, each hundred waits for its time. */
		for (int i = 0; i < 100; i++)
			syscall(SYS_getppid);
		calls += 100;
		elapsed = now() - begin;
		while (rate > 0 && calls > elapsed * rate)
			elapsed = now() - begin;
	} while (elapsed < seconds);
	printf("%llu %.6f\n", calls, elapsed);
	return 0;
}
