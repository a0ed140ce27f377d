/*
 * libbpf_names - the names that libbpf has for types of programs, of maps and
 * of links and for ways to attach: "KIND NUMBER NAME", a line each.
 */
#include <bpf/libbpf.h>
#include <stdio.h>

#define SHOW(kind) \
	for (int i = 0; libbpf_bpf_##kind##_type_str(i); i++) \
		printf(#kind " %d %s\n", i, libbpf_bpf_##kind##_type_str(i))

int main(void)
{
	SHOW(prog);
	SHOW(map);
	SHOW(attach);
	SHOW(link);
	return 0;
}
