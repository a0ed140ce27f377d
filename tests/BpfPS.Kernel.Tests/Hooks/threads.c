/*
 * threads - a process of three threads. It says their ids; a line of input,
 * "NUMBER MILLISECONDS FREQUENCY", makes one of them (0 to 2) spend that much
 * processor time, and the process says what the kernel charged the thread for
 * it and how often a timer of that frequency ticked.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>
#include "../Support/samples.h"

enum { THREADS = 3 };

static pthread_barrier_t ready, begin, end;
static long ids[THREADS];
static double charged, milliseconds;
static int chosen, frequency;
static unsigned long ticks;
static volatile unsigned long turns;

static double used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return 1e3 * time.tv_sec + 1e-6 * time.tv_nsec;
}

static void take_turn(long number)
{
	pthread_barrier_wait(&begin);
	if (number == chosen) {
		struct samples samples = begin_samples(0, -1, frequency);
		double before = used();

		while (used() < before + milliseconds)
			for (int i = 0; i < 100000; i++)
				turns++;
		charged = used() - before;
		ticks = end_samples(samples);
	}
	pthread_barrier_wait(&end);
}

static void *work(void *argument)
{
	long number = (long)argument;

	ids[number] = syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	for (;;)
		take_turn(number);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	char line[32];

	pthread_barrier_init(&ready, NULL, THREADS);
	pthread_barrier_init(&begin, NULL, THREADS);
	pthread_barrier_init(&end, NULL, THREADS);
	for (long i = 1; i < THREADS; i++) /* the first thread is one of them */
		pthread_create(&thread, NULL, work, (void *)i);
	ids[0] = syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	printf("%ld %ld %ld\n", ids[0], ids[1], ids[2]);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && sscanf(line, "%d %lf %d", &chosen, &milliseconds, &frequency) == 3) {
		take_turn(0);
		printf("%.3f %lu\n", charged, ticks);
		fflush(stdout);
	}
	return 0;
}
