/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * types - one of everything that C can put into an event, a map or a variable.
 *
 * Serves the properties "every BTF type becomes the right .NET value" and "what
 * is read from a map and written back is the same bytes".
 *
 * Each call number syscall_nr of process producer_pid sends one event with the
 * values that stand behind the members in types.h, so that a test can hold them
 * against what it decoded. A value is chosen so that a wrong size, sign, order
 * or offset shows: its bytes differ from each other, and its top bit is set
 * where the type is signed and negative.
 *
 * The call also adds 1 to the variable calls, and stores into the maps:
 *   by_number	entry 0x01020304 = 0x1122334455667788
 *   by_struct	entry { flow 192.0.2.1:443 -> 198.51.100.7:53031, proto 6 }
 *		= { packets 7, bytes 4242, label "flow" }
 *   array	element 3 = 33 (the rest 0)
 *   recent	entry 0x01020304 = { packets 1, bytes 2, label "recent" }
 *   per_cpu	element 1 = { packets <the CPU>, bytes 1000 + <the CPU>, label "cpu" },
 *		in the slot of the CPU that ran
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpfps.h"
#include "types.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TO_BE16(x) __builtin_bswap16(x)
#define TO_BE32(x) __builtin_bswap32(x)
#define TO_BE64(x) __builtin_bswap64(x)
#else
#define TO_BE16(x) (x)
#define TO_BE32(x) (x)
#define TO_BE64(x) (x)
#endif

struct flow_key {
	bpfps_ipv4_t source;
	bpfps_ipv4_t target;
	bpfps_port_t source_port;
	bpfps_port_t target_port;
	__u8 protocol;
	__u8 padding[3];
};

struct flow_value {
	__u64 packets;
	__u64 bytes;
	char label[8];
};

BPFPS_TOOL("Test: one event with every kind of field, and maps and variables of many types.");

BPFPS_VARIABLE(__u32, producer_pid, 0, "", "The process whose calls send events.");
BPFPS_VARIABLE(__s32, syscall_nr, 110, "", "The number of the call; 110 is getppid on x86-64, 173 on arm64.");

/* Settings: .rodata. Their own values are the defaults that a test reads back. */
BPFPS_VARIABLE_IN(__u32, limited, 50, 10, 100, "%", "A number between 10 and 100.");
BPFPS_VARIABLE_IN(__s64, limited_signed, -5, -10, 10, "", "A number between -10 and 10.");
BPFPS_VARIABLE(bool, switched, true, "", "A switch.");
BPFPS_VARIABLE(bpfps_duration_t, patience, 1500000000, "ns", "A duration of 1.5 s.");
BPFPS_VARIABLE(enum colour, paint, COLOUR_GREEN, "", "A colour by name.");
const volatile char word[16] = "default";
const volatile __s32 list[4] = { 1, -2, 3, -4 };
const volatile struct point origin = { -7, 8, -9 };
const volatile double ratio = 0.5;

/* .data */
__u64 big = 0x8182838485868788;
__s16 small = -515;
bool ready = true;
char motto[8] = "ready";
struct point corner = { 1, -2, 3 };
enum temperature weather = TEMPERATURE_WARM;
__u16 grid[2][3] = { { 11, 12, 13 }, { 21, 22, 23 } };

/* .bss */
__u64 calls;
struct point last;
char caller[TASK_COMM_LEN];
bool called;

BPFPS_EVENTS(events, struct types_event, 1 << 16);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} by_number SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
} by_struct SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct flow_value);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct flow_value);
} per_cpu SEC(".maps");

/* No program has arithmetic on reals, so their bits are stored, through a pointer that the compiler cannot see through. */
static __always_inline void store_bits64(volatile void *to, __u64 bits)
{
	*(volatile __u64 *)to = bits;
}

static __always_inline void store_bits32(volatile void *to, __u32 bits)
{
	*(volatile __u32 *)to = bits;
}

static __always_inline void fill_plain(struct types_event *event)
{
	event->u8 = 0x81;
	event->s8 = -2;
	event->u16 = 0x8182;
	event->s16 = -515;
	event->u32 = 0x81828384;
	event->s32 = -84148995;
	event->u64 = 0x8182838485868788;
	event->s64 = -361417177322424579;
	event->u128 = (unsigned __int128)0x8182838485868788 << 64 | 0x0102030405060708;
	event->s128 = -2;
	event->letter = 'A';
	event->yes = true;
	__builtin_memcpy(event->text, "hello", 5);
	__builtin_memcpy(event->full, "0123456789abcdef", 16);
	__builtin_memcpy(event->control, "a\033[1m\n\0Z", 8);

	event->numbers[0] = 1;
	event->numbers[1] = -2;
	event->numbers[2] = 3;
	event->numbers[3] = -4;
	event->matrix[0][0] = 11;
	event->matrix[0][1] = 12;
	event->matrix[0][2] = 13;
	event->matrix[1][0] = 21;
	event->matrix[1][1] = 22;
	event->matrix[1][2] = 23;
	event->points[0] = (struct point){ 1, -1, 100000 };
	event->points[1] = (struct point){ 2, -2, -100000 };
	__builtin_memcpy(event->raw, "\xde\xad\xbe\xef", 4);

	event->point = (struct point){ -7, 8, -9 };
	event->inner_first = 0x0a0b0c0d;
	event->inner_second = 0x1a1b1c1d;
	event->as_u64 = 0x4142434445464748;
	event->number.whole = 0x04030201;

	event->bit1 = 1;
	event->bits3 = 5;
	event->signed5 = -11;
	event->bits17 = 0x15555;
	event->bits33 = 0x1aaaaaaaa;
	event->signed20 = -300000;
	event->flag = 1;

	event->colour = COLOUR_BLUE;
	event->unnamed_colour = 77;
	event->temperature = TEMPERATURE_COLD;
#if __clang_major__ >= 15
	event->distance = DISTANCE_FAR;
#endif
	event->pointer = (void *)0xffff888000001234;
	event->to_point = (void *)0x1000;
	store_bits64(&event->real, 0x3ff8000000000000);
	store_bits32(&event->small_real, 0xbe800000);
}

static __always_inline void fill_meanings(struct types_event *event)
{
	event->time = bpf_ktime_get_boot_ns();
	event->duration = 1234567890;
	event->ipv4 = TO_BE32(0xc0000201);
	__builtin_memcpy(event->ipv6.bytes, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x01\0\x02", 16);
	event->port = TO_BE16(443);
	__builtin_memcpy(event->mac.bytes, "\x02\x00\x5e\x10\x00\xff", 6);
	event->failure = -2;
	event->positive_failure = 13;
	event->cgroup = bpf_get_current_cgroup_id();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->kernel_stack = -14;
	event->user_stack = -17;
	event->be16 = TO_BE16(0x1234);
	event->be32 = TO_BE32(0x12345678);
	event->be64 = TO_BE64(0x123456789abcdef0);
	__builtin_memcpy(event->strings, STRINGS, sizeof(STRINGS));
}

static __always_inline void fill_maps(void)
{
	struct flow_key flow = {
		.source = TO_BE32(0xc0000201),
		.target = TO_BE32(0xc6336407),
		.source_port = TO_BE16(443),
		.target_port = TO_BE16(53031),
		.protocol = 6,
	};
	struct flow_value value = { .packets = 7, .bytes = 4242, .label = "flow" };
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 key = 0x01020304;
	__u64 number = 0x1122334455667788;
	__u32 element = 33;

	bpf_map_update_elem(&by_number, &key, &number, BPF_ANY);
	bpf_map_update_elem(&by_struct, &flow, &value, BPF_ANY);
	value = (struct flow_value){ .packets = 1, .bytes = 2, .label = "recent" };
	bpf_map_update_elem(&recent, &key, &value, BPF_ANY);
	key = 3;
	bpf_map_update_elem(&array, &key, &element, BPF_ANY);
	key = 1;
	value = (struct flow_value){ .packets = cpu, .bytes = 1000 + cpu, .label = "cpu" };
	bpf_map_update_elem(&per_cpu, &key, &value, BPF_ANY);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(types, struct pt_regs *regs, long call)
{
	struct types_event *event;

	if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
		return 0;
	__sync_fetch_and_add(&calls, 1);
	/* Reading them keeps the compiler from leaving them out. */
	last.x = corner.x + grid[1][2] + small;
	last.y = big + ready + motto[0] + weather;
	last.z = limited + limited_signed + switched + patience + paint + word[0] + list[0] + origin.x;
	called = true;
	bpf_get_current_comm(caller, sizeof(caller));
	fill_maps();

	event = bpfps_reserve(events, offsetof(struct types_event, strings) + sizeof(STRINGS));
	if (!event)
		return 0;
	__builtin_memset(event, 0, offsetof(struct types_event, strings) + sizeof(STRINGS));
	fill_plain(event);
	fill_meanings(event);
	bpfps_submit(events, event, offsetof(struct types_event, strings) + sizeof(STRINGS));
	return 0;
}
