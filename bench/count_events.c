// SPDX-License-Identifier: MIT
/*
 * count_events - the yardstick: a consumer in C on libbpf that only counts a ring buffer's events.
 *
 *   count_events poll|timer OBJECT PRODUCER_PID
 *
 * poll: ring_buffer__poll, woken as the kernel's default says. timer: sleep a millisecond, then ring_buffer__consume.
 * It starts the producer with SIGUSR1, drains until the producer is gone, and prints "CONSUMED ATTEMPTS LOST CPU",
 * the last in nanoseconds of CPU time an event.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static unsigned long long consumed;

static int count(void *context, void *data, size_t size)
{
	consumed++;
	return 0;
}

/* The offset of a variable in a section of the object, by its BTF. */
static int offset_of(struct bpf_object *object, const char *section, const char *name)
{
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_type *type = btf__type_by_id(btf, btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC));
	const struct btf_var_secinfo *place = btf_var_secinfos(type);

	for (int i = 0; i < btf_vlen(type); i++, place++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, place->type)->name_off), name))
			return place->offset;
	fprintf(stderr, "no variable %s in %s\n", name, section);
	exit(1);
}

static struct bpf_map *section_map(struct bpf_object *object, const char *ending)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);

		if (strlen(name) > strlen(ending) && !strcmp(name + strlen(name) - strlen(ending), ending))
			return map;
	}
	exit(1);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *ring;
	unsigned int producer, key = 0;
	char bss[4096];
	size_t size;
	struct timespec cpu;
	unsigned long long before_cpu;
	int timer, idle = 0;

	if (argc != 4)
		return 2;
	timer = !strcmp(argv[1], "timer");
	producer = atoi(argv[3]);
	object = bpf_object__open_file(argv[2], NULL);
	if (!object)
		return 1;
	memcpy((char *)bpf_map__initial_value(section_map(object, ".rodata"), &size) + offset_of(object, ".rodata", "producer_pid"),
	       &producer, sizeof(producer));
	if (bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			return 1;
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), count, NULL, NULL);
	if (!ring)
		return 1;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	before_cpu = cpu.tv_sec * 1000000000ULL + cpu.tv_nsec;
	kill(producer, SIGUSR1);
	/* The producer's parent collects it, so that its pid goes away. */
	while (idle < 3) {
		unsigned long long before = consumed;

		if (timer) {
			usleep(1000);
			ring_buffer__consume(ring);
		} else {
			ring_buffer__poll(ring, 50);
		}
		if (consumed == before && kill(producer, 0) && errno == ESRCH)
			idle++;
	}
	bpf_map_lookup_elem(bpf_map__fd(section_map(object, ".bss")), &key, bss);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	printf("%llu %llu %llu %llu\n", consumed,
	       *(unsigned long long *)(bss + offset_of(object, ".bss", "attempts")),
	       *(unsigned long long *)(bss + offset_of(object, ".bss", "bpfps_stream_events")),
	       (cpu.tv_sec * 1000000000ULL + cpu.tv_nsec - before_cpu) / (consumed ? consumed : 1));
	return 0;
}
