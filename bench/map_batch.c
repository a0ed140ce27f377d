// SPDX-License-Identifier: MIT
/*
 * map_batch - the yardstick for maps: reads or writes a pinned map in batches, and prints the seconds that it took.
 *
 *   map_batch read PIN
 *   map_batch write PIN ENTRIES
 *
 * Keys are numbers of 4 or 8 bytes from 0 up; what is written begins with 3 * key + 1, eight bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <bpf/bpf.h>

enum { BATCH = 8192 };

static struct bpf_map_info info;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int read_all(int fd, char *keys, char *values)
{
	unsigned long long sum = 0, total = 0, place = 0;
	int result = 0;

	for (int first = 1; !result; first = 0) {
		unsigned int count = BATCH;

		result = bpf_map_lookup_batch(fd, first ? NULL : &place, &place, keys, values, &count, NULL);
		if (result && result != -ENOENT)
			return result;
		for (unsigned int i = 0; i < count; i++)
			sum += *(unsigned long long *)(values + (size_t)i * info.value_size);
		total += count;
	}
	fprintf(stderr, "%llu entries, sum %llu\n", total, sum);
	return 0;
}

static int write_all(int fd, char *keys, char *values, unsigned int entries)
{
	for (unsigned int done = 0, count; done < entries; done += count) {
		count = entries - done < BATCH ? entries - done : BATCH;
		for (unsigned int i = 0; i < count; i++) {
			unsigned long long key = done + i;

			memcpy(keys + (size_t)i * info.key_size, &key, info.key_size);
			*(unsigned long long *)(values + (size_t)i * info.value_size) = 3 * key + 1;
		}
		if (bpf_map_update_batch(fd, keys, values, &count, NULL))
			return -errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int length = sizeof(info);
	char *keys, *values;
	double begin;
	int fd, result;

	if (argc < 3)
		return 2;
	fd = bpf_obj_get(argv[2]);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length)) {
		perror(argv[2]);
		return 1;
	}
	keys = calloc(BATCH, info.key_size);
	values = calloc(BATCH, info.value_size);
	begin = now();
	result = argc == 3 ? read_all(fd, keys, values) : write_all(fd, keys, values, atoi(argv[3]));
	if (result) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-result));
		return 1;
	}
	printf("%.4f\n", now() - begin);
	return 0;
}
