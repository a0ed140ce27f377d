// SPDX-License-Identifier: MIT
/*
 * probes - runs a set of the programs in probes.bpf.c, and counts their events.
 *
 *   probes OBJECT SET [FIRST]     SET: string, pair, count, histogram, rejected, empty; it ends after FIRST events
 *
 * Otherwise it ends on SIGINT. It prints the events that came, and those that were lost.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stopped;
static long events, first;

static void stop(int signal)
{
	stopped = 1;
}

static int on_event(void *context, void *data, size_t size)
{
	events++;
	return first && events >= first ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *ring;
	struct bpf_map *variables;
	long long lost = 0;
	unsigned int key = 0;

	if (argc < 3 || !(object = bpf_object__open_file(argv[1], NULL)))
		return 2;
	first = argc > 3 ? atol(argv[3]) : 0;
	signal(SIGINT, stop);
	bpf_object__for_each_program(program, object) {
		const char *name = bpf_program__name(program);

		bpf_program__set_autoload(program, !strncmp(name, argv[2], strlen(argv[2])) && name[strlen(argv[2])] == '_');
	}
	if (bpf_object__load(object))
		return 1;
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), on_event, NULL, NULL);
	if (!ring)
		return 1;
	bpf_object__for_each_program(program, object) {
		if (bpf_program__autoload(program) && !bpf_program__attach(program))
			return 1;
	}
	while (!stopped && !(first && events >= first))
		ring_buffer__poll(ring, 100);
	ring_buffer__consume(ring);
	variables = bpf_object__find_map_by_name(object, ".bss");
	if (variables)
		bpf_map__lookup_elem(variables, &key, sizeof(key), &lost, sizeof(lost), 0);
	printf("%ld %lld\n", events, lost);
	return 0;
}
