/*
 * shape - a load of known shape: three parts of its processor time in heavy(),
 * one in light(), both called by caller_of_both(). At a line of input it spends
 * as many milliseconds of processor time as the line says, and answers with
 * what the kernel charges it for them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

volatile unsigned long turns;

static double used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return 1e3 * time.tv_sec + 1e-6 * time.tv_nsec;
}

__attribute__((noinline)) void heavy(int count) { while (count--) turns += 2; }
__attribute__((noinline)) void light(int count) { while (count--) turns += 2; }

__attribute__((noinline)) void caller_of_both(double milliseconds)
{
	double end = used() + milliseconds;

	while (used() < end) {
		heavy(300000);
		light(100000);
	}
}

int main(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin)) {
		double before = used();

		caller_of_both(atof(line));
		printf("%.3f\n", used() - before);
		fflush(stdout);
	}
	return 0;
}
