// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
// Structs that only the code uses, so that they are in the debug information alone: the source of corpus/debug-info/dwarf-2, -4 and -5.
// clang -g -gdwarf-5 -O2 -target bpf -c debug_info.bpf.c -o dwarf-5; sections that the engine does not read types from were removed.
typedef unsigned int u32;
typedef unsigned long long u64;

enum colour { RED = -1, GREEN = 7 };

struct inner {
    u32 a : 3;
    u32 b : 29;
    char name[4][8];
};

typedef struct {
    u64 time;
    struct inner inner;
    union {
        enum colour colour;
        double real;
    };
    struct event *next;
    _Bool open;
} __attribute__((packed)) event_t;

struct event {
    volatile const u64 *place;
    event_t events[2];
    __int128 wide;
};

__attribute__((section("raw_tp/sys_enter"), used)) int handle(void *context)
{
    struct event event = {};
    event.events[0].time = (u64)context;
    asm volatile("" : : "r"(&event) : "memory");
    return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
