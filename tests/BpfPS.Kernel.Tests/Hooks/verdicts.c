/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * verdicts - goes into a cgroup and does what its programs are asked about:
 * sockets of three families are made, bound, connected, written to, read from
 * and asked for their names and options. It says what options it saw.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un local;
};

static const char *result(int value)
{
	return value < 0 ? strerror(errno) : "done";
}

static void exchange(union address *address, socklen_t size, int type)
{
	int server = socket(address->any.sa_family, type | SOCK_NONBLOCK, 0), client = socket(address->any.sa_family, type, 0), accepted = -1;
	union address other;
	socklen_t length = sizeof(other);
	char byte = 0;

	printf("bind %s\n", result(bind(server, &address->any, size)));
	getsockname(server, &other.any, &length);
	if (type == SOCK_STREAM)
		listen(server, 1);
	connect(client, &other.any, length);
	if (type == SOCK_STREAM)
		accepted = accept(server, NULL, NULL);
	length = sizeof(other);
	getpeername(client, &other.any, &length);
	if (type == SOCK_DGRAM) {
		int sender = socket(address->any.sa_family, type, 0);

		length = sizeof(other);
		getsockname(server, &other.any, &length);
		sendto(sender, &byte, 1, 0, &other.any, length);
		length = sizeof(other);
		recvfrom(server, &byte, 1, MSG_DONTWAIT, &other.any, &length);
		close(sender);
	}
	close(accepted);
	close(client);
	close(server);
}

int main(int count, char **words)
{
	union address four = { .four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	union address six = { .six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	union address local = { .local = { .sun_family = AF_UNIX } };
	char path[512], byte;
	int value = 5, file;
	socklen_t size = sizeof(value);
	FILE *processes;

	if (count != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/cgroup.procs", words[1]);
	processes = fopen(path, "w");
	if (!processes || fprintf(processes, "%d", getpid()) < 0 || fclose(processes))
		return 1;
	exchange(&four, sizeof(four.four), SOCK_STREAM);
	exchange(&four, sizeof(four.four), SOCK_DGRAM);
	exchange(&six, sizeof(six.six), SOCK_STREAM);
	exchange(&six, sizeof(six.six), SOCK_DGRAM);
	snprintf(local.local.sun_path, sizeof(local.local.sun_path), "%s", words[2]);
	exchange(&local, sizeof(local.local), SOCK_STREAM);
	unlink(words[2]);
	exchange(&local, sizeof(local.local), SOCK_DGRAM);
	unlink(words[2]);
	file = socket(AF_INET, SOCK_DGRAM, 0);
	printf("mark %s\n", result(setsockopt(file, SOL_SOCKET, SO_MARK, &value, sizeof(value))));
	printf("priority %s\n", result(setsockopt(file, SOL_SOCKET, SO_PRIORITY, &value, sizeof(value))));
	getsockopt(file, SOL_SOCKET, SO_PRIORITY, &value, &size);
	printf("priority %d\n", value);
	getsockopt(file, IPPROTO_IP, IP_TTL, &value, &size);
	printf("ttl %d\n", value);
	close(file);
	file = open("/proc/sys/kernel/ostype", O_RDONLY);
	printf("sysctl %s\n", result(read(file, &byte, 1)));
	close(file);
	file = open("/dev/null", O_WRONLY);
	printf("device %s\n", result(file));
	return 0;
}
