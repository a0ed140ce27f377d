/*
 * ticks FREQUENCY CPU... - samples CPUs without BPF, and answers a line of
 * input with how many samples there have been on all of them.
 */
#include "../Support/samples.h"

int main(int count, char **words)
{
	struct samples *all = calloc(count, sizeof(*all));
	char line[32];

	for (int i = 2; i < count; i++)
		all[i] = begin_samples(-1, atoi(words[i]), atoi(words[1]));
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		unsigned long sum = 0;

		for (int i = 2; i < count; i++)
			sum += count_samples(all[i]);
		printf("%lu\n", sum);
		fflush(stdout);
	}
	return 0;
}
