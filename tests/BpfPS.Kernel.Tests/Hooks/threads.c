/*
 * threads - a process of three threads. It says their ids; at a line of input
 * each spends as many milliseconds of processor time as the line says, and the
 * process says what the kernel charged each for that.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 3 };

static pthread_barrier_t ready, begin, end;
static long ids[THREADS];
static double charged[THREADS];
static double milliseconds;
static volatile unsigned long turns;

static double used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return 1e3 * time.tv_sec + 1e-6 * time.tv_nsec;
}

static void spend(long number)
{
	double before = used();

	while (used() < before + milliseconds)
		for (int i = 0; i < 100000; i++)
			turns++;
	charged[number] = used() - before;
}

static void *work(void *argument)
{
	long number = (long)argument;

	ids[number] = syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&begin);
	spend(number);
	pthread_barrier_wait(&end);
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
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	milliseconds = atof(line);
	pthread_barrier_wait(&begin);
	spend(0);
	pthread_barrier_wait(&end);
	printf("%.3f %.3f %.3f\n", charged[0], charged[1], charged[2]);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}
