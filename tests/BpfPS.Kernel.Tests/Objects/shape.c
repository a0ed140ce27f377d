/*
 * shape - a load of known shape: three parts of its processor time in heavy(),
 * one in light(), both called by caller_of_both(). A line of input is
 * "MILLISECONDS FREQUENCY": it spends so much processor time, and answers with
 * what the kernel charges it for that and how often a timer of that frequency
 * ticked.
 */
#include <time.h>
#include "../Support/samples.h"

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
		double before = used(), milliseconds;
		struct samples samples;
		int frequency;

		if (sscanf(line, "%lf %d", &milliseconds, &frequency) != 2)
			return 1;
		samples = begin_samples(0, -1, frequency);
		caller_of_both(milliseconds);
		printf("%.3f %lu\n", used() - before, end_samples(samples));
		fflush(stdout);
	}
	return 0;
}
