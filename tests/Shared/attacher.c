/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * attacher - the other software: attaches programs of two instructions in the
 * ways that bpftool and tc have no words for, and holds them until its input
 * ends. It says "PROGRAM LINK\n", the ids, where there is a link. One way
 * does so again and again without pause.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { /* newer than the headers of the oldest distribution */
	PROG_TYPE_NETFILTER = 32,
	ATTACH_NETFILTER = 45,
	ATTACH_TCX_INGRESS = 46,
	ATTACH_TCX_EGRESS = 47,
	ATTACH_UPROBE_MULTI = 48,
};

static int die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(int result, const char *what)
{
	if (result < 0) {
		errno = errno ? errno : -result;
		die(what);
	}
	return result;
}

static int load(int type, int attach_type, const char *name, int verdict, int btf_id)
{
	struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type, .attach_btf_id = btf_id);

	return check(bpf_prog_load(type, name, "GPL", instructions, 2, &options), "load");
}

static int id_of(int fd, int is_link)
{
	struct bpf_prog_info program = {};
	struct bpf_link_info link = {};
	__u32 size = is_link ? sizeof(link) : sizeof(program);

	check(bpf_obj_get_info_by_fd(fd, is_link ? (void *)&link : (void *)&program, &size), "info");
	return is_link ? link.id : program.id;
}

static int hold(int program, int link)
{
	char line[16];

	printf("%d %d\n", id_of(program, 0), link < 0 ? 0 : id_of(link, 1));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		;
	return 0;
}

static int link_of(int program, int target, int attach_type, const struct bpf_link_create_opts *options)
{
	return check(bpf_link_create(program, target, attach_type, options), "link");
}

static int perf_event(int type, unsigned long config, const char *path, unsigned long offset, int pid)
{
	struct perf_event_attr attributes = { .size = sizeof(attributes), .type = type, .config = config, .sample_period = 1000000000 };

	if (path) {
		attributes.uprobe_path = (unsigned long)path;
		attributes.probe_offset = offset;
	}
	return check(syscall(SYS_perf_event_open, &attributes, pid, pid < 0 ? 0 : -1, -1, 0), "perf_event_open");
}

static int number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	int number;

	if (!file || fscanf(file, "%d", &number) != 1)
		die(path);
	fclose(file);
	return number;
}

/* BPF_LINK_CREATE with members that the headers may not have yet. */
static int raw_link(int program, int attach_type, const void *tail, int size)
{
	struct {
		__u32 program, target, attach_type, flags;
		char tail[48];
	} request = { .program = program, .attach_type = attach_type };

	memcpy(request.tail, tail, size);
	return check(syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof(request)), "link");
}

/* Makes maps, programs and links and lets go of them, without pause. */
static int churn(const char *tracepoint, const char *name)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	puts("0 0");
	fflush(stdout);
	while (!poll(&input, 1, 0)) {
		int map = check(bpf_map_create(BPF_MAP_TYPE_HASH, name, 4, 8, 4, NULL), "map");
		int program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, name, 0, 0);
		int link = check(bpf_raw_tracepoint_open(tracepoint, program), "attach");

		close(map);
		close(link);
		close(program);
	}
	return 0;
}

int main(int count, char **words)
{
	const char *action = count > 2 ? words[1] : "", *where = count > 2 ? words[2] : "";
	const char *name = count > 3 ? words[3] : "attached";
	int program;

	if (!strcmp(action, "load")) { /* TYPE NAME PIN */
		static const struct {
			const char *type;
			int number, attach_type, verdict;
		} types[] = {
			{ "xdp", BPF_PROG_TYPE_XDP, BPF_XDP, XDP_PASS },
			{ "tc", BPF_PROG_TYPE_SCHED_CLS, 0, -1 },
			{ "egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 1 },
			{ "sk_msg", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, SK_PASS },
			{ "flow_dissector", BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, BPF_OK },
		};

		for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (!strcmp(where, types[i].type))
				return check(bpf_obj_pin(load(types[i].number, types[i].attach_type, name, types[i].verdict, 0), words[4]), "pin") < 0;
		return die("type");
	}
	if (!strcmp(action, "xdp-link")) { /* INTERFACE NAME */
		LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_SKB_MODE);
		program = load(BPF_PROG_TYPE_XDP, BPF_XDP, name, XDP_PASS, 0);
		return hold(program, link_of(program, if_nametoindex(where), BPF_XDP, &options));
	}
	if (!strcmp(action, "tcx-link") || !strcmp(action, "tcx-attach")) { /* INTERFACE NAME ingress|egress */
		int attach_type = !strcmp(words[4], "egress") ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS;

		program = load(BPF_PROG_TYPE_SCHED_CLS, 0, name, -1, 0);
		if (!strcmp(action, "tcx-link"))
			return hold(program, link_of(program, if_nametoindex(where), attach_type, NULL));
		check(bpf_prog_attach(program, if_nametoindex(where), attach_type, 0), "attach");
		return printf("%d 0\n", id_of(program, 0)) < 0;
	}
	if (!strcmp(action, "cgroup-link")) { /* CGROUP NAME */
		program = load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, name, 1, 0);
		return hold(program, link_of(program, check(open(where, O_RDONLY), where), BPF_CGROUP_INET_EGRESS, NULL));
	}
	if (!strcmp(action, "sk_lookup-link")) { /* NETNS NAME */
		program = load(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, name, SK_PASS, 0);
		return hold(program, link_of(program, check(open(where, O_RDONLY), where), BPF_SK_LOOKUP, NULL));
	}
	if (!strcmp(action, "raw_tp")) { /* TRACEPOINT NAME */
		program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, name, 0, 0);
		return hold(program, check(bpf_raw_tracepoint_open(where, program), where));
	}
	if (!strcmp(action, "churn")) /* TRACEPOINT NAME */
		return churn(where, name);
	if (!strcmp(action, "netfilter")) { /* PRIORITY NAME: IPv4, what comes in */
		__u32 tail[] = { 2, 1, atoi(where), 0 };

		program = load(PROG_TYPE_NETFILTER, ATTACH_NETFILTER, name, 1, 0);
		return hold(program, raw_link(program, ATTACH_NETFILTER, tail, sizeof(tail)));
	}
	if (!strcmp(action, "uprobe")) { /* FILE NAME OFFSET RETURN PROCESS */
		unsigned long config = strcmp(words[5], "return") ? 0 : 1;

		program = load(BPF_PROG_TYPE_KPROBE, 0, name, 0, 0);
		return hold(program, link_of(program, perf_event(number_in("/sys/bus/event_source/devices/uprobe/type"), config, where, strtoul(words[4], NULL, 0), atoi(words[6])), BPF_PERF_EVENT, NULL));
	}
	if (!strcmp(action, "uprobe_multi")) { /* FILE NAME OFFSET OFFSET PROCESS */
		__u64 offsets[] = { strtoul(words[4], NULL, 0), strtoul(words[5], NULL, 0) };
		struct {
			__u64 path, offsets, counters, cookies;
			__u32 count, flags, pid;
		} tail = { (unsigned long)where, (unsigned long)offsets, 0, 0, 2, 0, atoi(words[6]) };

		program = load(BPF_PROG_TYPE_KPROBE, ATTACH_UPROBE_MULTI, name, 0, 0);
		return hold(program, raw_link(program, ATTACH_UPROBE_MULTI, &tail, sizeof(tail)));
	}
	if (!strcmp(action, "uprobe-set")) { /* FILE NAME OFFSET: without a link */
		int event = perf_event(number_in("/sys/bus/event_source/devices/uprobe/type"), 0, where, strtoul(words[4], NULL, 0), -1);

		program = load(BPF_PROG_TYPE_KPROBE, 0, name, 0, 0);
		check(ioctl(event, PERF_EVENT_IOC_SET_BPF, program), "set");
		check(ioctl(event, PERF_EVENT_IOC_ENABLE, 0), "enable");
		return hold(program, -1);
	}
	if (!strcmp(action, "tracepoint-set")) { /* ID-FILE NAME: without a link */
		int event = perf_event(PERF_TYPE_TRACEPOINT, number_in(where), NULL, 0, -1);

		program = load(BPF_PROG_TYPE_TRACEPOINT, 0, name, 0, 0);
		check(ioctl(event, PERF_EVENT_IOC_SET_BPF, program), "set");
		return hold(program, -1);
	}
	if (!strcmp(action, "tracepoint")) { /* ID-FILE NAME */
		program = load(BPF_PROG_TYPE_TRACEPOINT, 0, name, 0, 0);
		return hold(program, link_of(program, perf_event(PERF_TYPE_TRACEPOINT, number_in(where), NULL, 0, -1), BPF_PERF_EVENT, NULL));
	}
	if (!strcmp(action, "software")) { /* EVENT NAME */
		program = load(BPF_PROG_TYPE_PERF_EVENT, 0, name, 0, 0);
		return hold(program, link_of(program, perf_event(PERF_TYPE_SOFTWARE, atoi(where), NULL, 0, -1), BPF_PERF_EVENT, NULL));
	}
	if (!strcmp(action, "iterator")) { /* PROCESS NAME: of its tasks */
		union bpf_iter_link_info which = {};
		LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &which, .iter_info_len = sizeof(which));

		which.task.pid = atoi(where);
		program = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, name, 0, check(libbpf_find_vmlinux_btf_id("task", BPF_TRACE_ITER), "task"));
		return hold(program, link_of(program, 0, BPF_TRACE_ITER, which.task.pid ? &options : NULL));
	}
	if (!strcmp(action, "sockmap-link")) { /* MAP-PIN NAME */
		program = load(BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, name, SK_PASS, 0);
		return hold(program, link_of(program, check(bpf_obj_get(where), where), BPF_SK_MSG_VERDICT, NULL));
	}
	errno = EINVAL;
	return die(action);
}
