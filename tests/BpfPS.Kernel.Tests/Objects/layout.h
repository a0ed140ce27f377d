/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * layout.h - a struct of everything that C can lay out, with the names of its
 * members for those who ask where they are: F for members with an address, B
 * for bit fields.
 */
enum color { RED = 1, BLUE = -2 };
enum wide { SMALL = 1, LARGE = 0x1122334455667788 };

struct inner {
	u16 a;
	u8 grid[3][2];
	struct {
		u8 deep;
		u32 : 3;
		u32 deep_bits : 5;
	} nested;
};

typedef struct {
	u32 x, y;
} unnamed_t;

struct layout {
	u32 number;
	u32 one : 3, seven : 7;
	enum color color : 4;
	s64 sign : 33;
	u64 rest : 31;
	struct inner inner;
	struct inner pair[2];
	union {
		u32 word;
		u8 bytes[8];
		struct {
			u16 low, high;
		};
	};
	const char *volatile pointer;
	int (*function)(int);
	unnamed_t unnamed;
	enum color second;
	enum wide wide;
	_Bool flag;
	char text[5];
	s8 tiny;
	struct {
		u8 byte;
		u64 straddling;
	} __attribute__((packed)) packed;
	long double_word;
};

#define MEMBERS(F, B) \
	F(number) B(one) B(seven) B(color) B(sign) B(rest) F(inner) F(pair) F(word) F(bytes) F(low) F(high) F(pointer) \
	F(function) F(unnamed) F(second) F(wide) F(flag) F(text) F(tiny) F(packed) F(double_word) \
	F(inner.a) F(inner.grid) F(inner.nested.deep) B(inner.nested.deep_bits) F(unnamed.y) F(packed.straddling)
