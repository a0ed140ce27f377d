// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// Another user who puts now one thing, now another in place of a name, as fast as that goes, until it is killed.
// swap UID NAME FIRST SECOND: NAME leads to FIRST, to SECOND, and so on.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	char next[4096];

	if (count != 5 || setgid(atoi(arguments[1])) || setuid(atoi(arguments[1])))
		return 1;
	snprintf(next, sizeof(next), "%s.next", arguments[2]);
	for (unsigned long turn = 0;; turn++) {
		unlink(next);
		if (symlink(arguments[3 + turn % 2], next) || rename(next, arguments[2])) {
			perror(arguments[2]);
			return 2;
		}
		if (turn == 1) {
			puts("swapping");
			fflush(stdout);
		}
	}
}
