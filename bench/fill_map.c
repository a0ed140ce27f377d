// SPDX-License-Identifier: MIT
/*
 * fill_map - makes a hash map of 8-byte keys and values with that many entries, and pins it.
 *
 *   fill_map PIN ENTRIES
 */
#include <stdio.h>
#include <stdlib.h>
#include <bpf/bpf.h>

int main(int argc, char **argv)
{
	unsigned int entries, batch = 10000, count;
	unsigned long long *keys, *values;
	int fd;

	if (argc != 3)
		return 2;
	entries = atoi(argv[2]);
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench", 8, 8, entries, NULL);
	if (fd < 0) {
		perror("bpf_map_create");
		return 1;
	}
	keys = calloc(batch, 8);
	values = calloc(batch, 8);
	for (unsigned int done = 0; done < entries; done += count) {
		count = entries - done < batch ? entries - done : batch;
		for (unsigned int i = 0; i < count; i++) {
			keys[i] = done + i;
			values[i] = 3 * keys[i] + 1;
		}
		if (bpf_map_update_batch(fd, keys, values, &count, NULL)) {
			perror("bpf_map_update_batch");
			return 1;
		}
	}
	if (bpf_obj_pin(fd, argv[1])) {
		perror("bpf_obj_pin");
		return 1;
	}
	return 0;
}
