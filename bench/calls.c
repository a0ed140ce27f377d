// SPDX-License-Identifier: MIT
/*
 * calls - does one thing many times, for what tools cost.
 *
 *   calls WHAT COUNT      WHAT: open (a file that is not there), stat, kill (a signal that is ignored), fork (a child that ends at once)
 *
 * It prints the nanoseconds that one took.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void once(char what)
{
	struct stat status;
	pid_t child;

	switch (what) {
	case 'o': open("/nonexistent/file", O_RDONLY); break;
	case 's': stat("/nonexistent/file", &status); break;
	case 'k': kill(getpid(), SIGURG); break;
	case 'f':
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
		break;
	}
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	long count;

	if (argc != 3 || !strchr("oskf", argv[1][0]) || (count = atol(argv[2])) <= 0) {
		fprintf(stderr, "usage: calls open|stat|kill|fork COUNT\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long i = 0; i < count; i++)
		once(argv[1][0]);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.0f\n", ((end.tv_sec - begin.tv_sec) * 1e9 + end.tv_nsec - begin.tv_nsec) / count);
	return 0;
}
