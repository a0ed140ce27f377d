/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * histogram.h - counts in maps, and histograms of times: a slot for each power of
 * two of microseconds. The key of a histogram's map has the members from and to
 * (bpfps_duration_t) and whatever tells its histograms apart; the value is a
 * struct with a __u64 count. Include it after kernel.h and the headers of libbpf.
 */
#ifndef BPFPS_HISTOGRAM_H
#define BPFPS_HISTOGRAM_H

/* The value of a key in a hash; one of zeros is made where there is none. NULL if the map is full. */
static __always_inline void *find_or_make(void *map, const void *key, const void *zeros)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	/* Another CPU may be first. */
	bpf_map_update_elem(map, key, zeros, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline __u32 log2(__u64 value)
{
	__u32 shift, result = 0;

	shift = (value > 0xffffffff) << 5;
	value >>= shift;
	result |= shift;
	shift = (value > 0xffff) << 4;
	value >>= shift;
	result |= shift;
	shift = (value > 0xff) << 3;
	value >>= shift;
	result |= shift;
	shift = (value > 0xf) << 2;
	value >>= shift;
	result |= shift;
	shift = (value > 0x3) << 1;
	value >>= shift;
	result |= shift;
	return result | value >> 1;
}

/* Sets from and to of a slot: at least 0 (1, 2, 4 ... us) and less than 1 (2, 4, 8 ... us). */
#define set_slot(slot, time)						\
	do {								\
		__u64 us_ = (time) / 1000;				\
									\
		(slot)->from = us_ ? 1000ULL << log2(us_) : 0;		\
		(slot)->to = us_ ? (slot)->from * 2 : 1000;		\
	} while (0)

/* Keeps the greatest of what is put into a member. */
#define keep_greatest(member, number)					\
	do {								\
		__u64 number_ = number;					\
									\
		/* Two CPUs at once can leave the smaller one: the next greater one mends it. */ \
		if ((member) < number_)					\
			(member) = number_;				\
	} while (0)

/* The time since then. The clocks of two CPUs can differ by a few nanoseconds. */
static __always_inline __u64 time_since(__u64 then)
{
	__u64 now = bpf_ktime_get_ns();

	return now > then ? now - then : 0;
}

#endif /* BPFPS_HISTOGRAM_H */
