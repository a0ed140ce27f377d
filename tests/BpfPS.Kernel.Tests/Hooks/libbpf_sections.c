/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * libbpf_sections - prints the sections that the system's libbpf knows, as it
 * tells them itself when it is asked for one that nobody knows.
 */
#include <bpf/libbpf.h>
#include <stdio.h>

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return vprintf(format, arguments);
}

int main(void)
{
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;

	libbpf_set_print(print);
	return libbpf_prog_type_by_name("nobody/knows", &type, &attach_type) == 0;
}
