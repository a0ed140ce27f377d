/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * object_lines - the line information of an object file (.BTF.ext), read with
 * libbpf and without BpfPS: the witness for lines of source.
 *
 *   object_lines OBJECT
 *
 * It says "function SECTION OFFSET NAME" for each function and "line SECTION
 * OFFSET LINE COLUMN" for each place in the source, with the offset in bytes.
 * LINE is 0 where the compiler made code for no line.
 */
#include <bpf/btf.h>
#include <stdio.h>

/* Every libbpf has it; the headers declare it by another name, which old ones do not export. */
extern const void *btf_ext__get_raw_data(const struct btf_ext *extension, __u32 *size);

struct header { /* struct btf_ext_header, which libbpf keeps to itself */
	__u16 magic;
	__u8 version, flags;
	__u32 header_length, functions, functions_length, lines, lines_length;
};

struct section {
	__u32 name, count;
};

struct function {
	__u32 offset, type;
};

struct line {
	__u32 offset, file, text, place;
};

static void show(const struct btf *btf, const char *begin, __u32 length, int is_function)
{
	__u32 size = *(const __u32 *)begin;
	const char *at = begin + sizeof(size), *end = begin + length;

	while (at < end) {
		const struct section *section = (const void *)at;
		const char *name = btf__name_by_offset(btf, section->name);

		at += sizeof(*section);
		for (__u32 i = 0; i < section->count; i++, at += size) {
			const struct function *function = (const void *)at;
			const struct line *line = (const void *)at;

			if (is_function)
				printf("function %s %u %s\n", name, function->offset, btf__name_by_offset(btf, btf__type_by_id(btf, function->type)->name_off));
			else
				printf("line %s %u %u %u\n", name, line->offset, line->place >> 10, line->place & 0x3ff);
		}
	}
}

int main(int count, char **words)
{
	const struct header *header;
	struct btf_ext *extension;
	struct btf *btf;
	const char *begin;
	__u32 size;

	if (count != 2 || !(btf = btf__parse(words[1], &extension)) || !extension)
		return perror("parse"), 1;
	header = btf_ext__get_raw_data(extension, &size);
	begin = (const char *)header + header->header_length;
	show(btf, begin + header->functions, header->functions_length, 1);
	show(btf, begin + header->lines, header->lines_length, 0);
	return 0;
}
