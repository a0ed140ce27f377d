/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * samples - counts the ticks of a sampling event without BPF: the witness for
 * how many of them this machine delivers. An emulated processor misses most.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct samples {
	int descriptor;
	struct perf_event_mmap_page *page;
};

/* Begins for a thread (0: this one) or, with -1, for all that a CPU does. */
static inline struct samples begin_samples(int thread, int cpu, int frequency)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK, .size = sizeof(event),
		.freq = 1, .sample_freq = frequency, .sample_type = PERF_SAMPLE_IP,
	};
	struct samples it = { .descriptor = syscall(SYS_perf_event_open, &event, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC) };

	/* Not writable: the kernel writes over what is old, and its head counts on. */
	it.page = it.descriptor < 0 ? MAP_FAILED : mmap(NULL, 3 * getpagesize(), PROT_READ, MAP_SHARED, it.descriptor, 0);
	if (it.page == MAP_FAILED) {
		perror("samples");
		exit(1);
	}
	return it;
}

/* How many there have been: each is a header and an address. */
static inline unsigned long count_samples(struct samples it)
{
	return *(volatile __u64 *)&it.page->data_head / (sizeof(struct perf_event_header) + sizeof(__u64));
}

static inline unsigned long end_samples(struct samples it)
{
	unsigned long count = count_samples(it);

	munmap(it.page, 3 * getpagesize());
	close(it.descriptor);
	return count;
}
