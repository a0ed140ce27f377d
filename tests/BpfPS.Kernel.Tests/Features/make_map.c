/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * make_map - makes a map with libbpf and without BpfPS, and lets go of it: the
 * witness for what types of maps this kernel has.
 *
 *   make_map TYPE KEY-SIZE VALUE-SIZE ENTRIES FLAGS [types|inner]
 *
 * Numbers only. With "types", key and value have BTF: an int each. With
 * "inner", an array is the template of the maps in it. It says "made", or why
 * not.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	struct btf *types = btf__new_empty();
	int map;

	if (count < 6)
		return 1;
	options.map_flags = atoi(words[5]);
	if (count > 6 && !strcmp(words[6], "types")) {
		int number = btf__add_int(types, "int", sizeof(int), BTF_INT_SIGNED);

		if (number < 0 || btf__load_into_kernel(types))
			return perror("types"), 1;
		options.btf_fd = btf__fd(types);
		options.btf_key_type_id = options.btf_value_type_id = number;
	}
	if (count > 6 && !strcmp(words[6], "inner")) {
		int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "inner", 4, 4, 1, NULL);

		if (inner < 0)
			return perror("inner"), 1;
		options.inner_map_fd = inner;
	}
	map = bpf_map_create(atoi(words[1]), "made", atoi(words[2]), atoi(words[3]), atoi(words[4]), &options);
	return printf("%s\n", map < 0 ? strerror(errno) : "made") < 0;
}
