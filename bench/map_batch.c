// SPDX-License-Identifier: MIT
/*
 * map_batch - the yardstick for maps: fills, reads or writes a pinned map in batches, and prints the seconds that it took.
 *
 *   map_batch fill PIN ENTRIES    keys from 0 up, values that begin with 3 * key + 1
 *   map_batch read PIN            all entries
 *   map_batch write PIN           the entries that it has, read before the clock starts, in the order they were read
 *
 * Keys are numbers of 4 or 8 bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <bpf/bpf.h>

enum { BATCH = 8192 };

static struct bpf_map_info info;

/* Room for a batch, or for all entries when they are kept. */
static char *keys, *values;

/* Nobody asks for it; but a reader looks at what it reads. */
static volatile unsigned long long sum;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static char *key_at(unsigned int index)
{
	return keys + (size_t)index * info.key_size;
}

static char *value_at(unsigned int index)
{
	return values + (size_t)index * info.value_size;
}

/* Reads all entries, each batch over the last one or behind it, and looks at each value once. */
static int read_all(int fd, int keep, unsigned int *total)
{
	unsigned long long place = 0;
	int result = 0;

	*total = 0;
	for (int first = 1; !result; first = 0) {
		unsigned int start = keep ? *total : 0, count = BATCH;

		result = bpf_map_lookup_batch(fd, first ? NULL : &place, &place, key_at(start), value_at(start), &count, NULL);
		if (result && result != -ENOENT)
			return result;
		for (unsigned int i = start; i < start + count; i++)
			sum += *(unsigned long long *)value_at(i);
		*total += count;
	}
	return 0;
}

static int write_all(int fd, unsigned int entries)
{
	for (unsigned int done = 0, count; done < entries; done += count) {
		count = entries - done < BATCH ? entries - done : BATCH;
		if (bpf_map_update_batch(fd, key_at(done), value_at(done), &count, NULL))
			return -errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int length = sizeof(info), entries = 0;
	int fd, is_read, is_fill, result = 0;
	double begin;

	if (argc < 3)
		return 2;
	is_read = !strcmp(argv[1], "read");
	is_fill = !strcmp(argv[1], "fill");
	if (argc != (is_fill ? 4 : 3))
		return 2;
	fd = bpf_obj_get(argv[2]);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length)) {
		perror(argv[2]);
		return 1;
	}
	/* A batch more than all: the last call of a full map is made before it says that it is the last. */
	keys = calloc((is_read ? 0 : info.max_entries) + BATCH, info.key_size);
	values = calloc((is_read ? 0 : info.max_entries) + BATCH, info.value_size);
	if (is_fill) {
		entries = atoi(argv[3]);
		for (unsigned int i = 0; i < entries; i++) {
			unsigned long long key = i;

			memcpy(key_at(i), &key, info.key_size);
			*(unsigned long long *)value_at(i) = 3 * key + 1;
		}
	} else if (!is_read) {
		result = read_all(fd, 1, &entries);
	}

	begin = now();
	if (!result)
		result = is_read ? read_all(fd, 0, &entries) : write_all(fd, entries);
	if (result) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-result));
		return 1;
	}
	printf("%.4f\n", now() - begin);
	return 0;
}
