/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * attach - loads one program of an object file and attaches it, with libbpf and
 * without BpfPS: the witness for what this kernel and this libbpf can do.
 *
 *   attach OBJECT PROGRAM [WHERE [PROGRAM-ID]]
 *
 * WHERE is for sections that name no place: a function, a pattern of
 * functions, or the map of an iterator over elements; with PROGRAM-ID, a
 * function of that program. It says "attached",
 * or what failed and why ("load: Operation not permitted"). A program of a
 * cgroup is only loaded.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *step)
{
	printf("%s: %s\n", step, strerror(errno));
	return 0;
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

static int begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static int iterates_elements(const char *section)
{
	return !strcmp(section, "iter/bpf_map_elem");
}

static struct bpf_link *attach_to_elements(struct bpf_program *program, int map)
{
	union bpf_iter_link_info link = { .map.map_fd = map };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &link, .link_info_len = sizeof(link));

	return bpf_program__attach_iter(program, &options);
}

static struct bpf_link *attach(struct bpf_object *object, struct bpf_program *program, const char *section, const char *where)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .retprobe = begins(section, "kretprobe"));

	if (where && strstr(section, "probe.multi"))
		return bpf_program__attach_kprobe_multi_opts(program, where, &options);
	if (where && iterates_elements(section))
		return attach_to_elements(program, bpf_object__find_map_fd_by_name(object, where));
	return bpf_program__attach(program);
}

int main(int count, char **words)
{
	const char *where = count > 3 ? words[3] : NULL;
	struct bpf_program *program, *wanted;
	struct bpf_object *object;
	const char *section;

	libbpf_set_print(silent);
	if (count < 3 || !(object = bpf_object__open_file(words[1], NULL)) || !(wanted = bpf_object__find_program_by_name(object, words[2])))
		return perror("open"), 1;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, program == wanted);
	section = bpf_program__section_name(wanted);
	if (where && !strstr(section, "probe") && !iterates_elements(section)) {
		int target = count > 4 ? bpf_prog_get_fd_by_id(atoi(words[4])) : 0;

		if (target < 0 || bpf_program__set_attach_target(wanted, target, where))
			return failed("target");
	}
	if (bpf_object__load(object))
		return failed("load");
	if (!begins(section, "lsm_cgroup") && !attach(object, wanted, section, where))
		return failed("attach");
	return puts("attached") < 0;
}
