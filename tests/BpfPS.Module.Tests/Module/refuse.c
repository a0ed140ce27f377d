// Runs a command under a seccomp filter that answers one system call with an errno, as the profiles of container runtimes do; with the
// errno 0 it ends the process that makes the call, as systemd's filters do:
// refuse NUMBER ERRNO COMMAND [ARGUMENT ...]
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	if (count < 4)
		return 2;
	unsigned int answer = atoi(arguments[2]) ? SECCOMP_RET_ERRNO | (unsigned int)atoi(arguments[2]) : SECCOMP_RET_KILL_PROCESS;
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)atoi(arguments[1]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(instructions) / sizeof(instructions[0]), instructions };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
		perror("seccomp");
		return 1;
	}
	execvp(arguments[3], arguments + 3);
	perror(arguments[3]);
	return 1;
}
