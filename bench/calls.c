// SPDX-License-Identifier: MIT
/*
 * calls - does one thing again and again for a while, for what tools cost.
 *
 *   calls WHAT SECONDS
 *
 * It prints how often it was done, and how many nanoseconds one took. What can be done is in the table at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES	1024

static char block[4096] __attribute__((aligned(4096)));
static char folder[] = "/var/tmp/bpfps-calls-XXXXXX";
static int file, ends[2], to[2], back[2], udp, listener;
static struct sockaddr_in address = { .sin_family = AF_INET };
static volatile int over;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void open_missing(void)
{
	open("/nonexistent/file", O_RDONLY);
}

static void look_at_missing(void)
{
	struct stat status;

	stat("/nonexistent/file", &status);
}

static void signal_self(void)
{
	kill(getpid(), SIGURG);
}

static void make_child(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void run_program(void)
{
	pid_t child = vfork();

	if (!child) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static void call(void)
{
	syscall(SYS_getppid);
}

/* A file in the folder, whose first page is in memory. */
static void set_up_file(void)
{
	if (chdir(folder) || (file = open("file", O_RDWR | O_CREAT, 0600)) < 0)
		fail(folder);
	for (int i = 0; i < PAGES; i++)
		if (write(file, block, sizeof(block)) != sizeof(block))
			fail("write");
	fsync(file);
}

static void read_page(void)
{
	if (pread(file, block, sizeof(block), 0) < 0)
		fail("pread");
}

static void set_up_disk(void)
{
	set_up_file();
	close(file);
	file = open("file", O_RDONLY | O_DIRECT);
	if (file < 0)
		fail("O_DIRECT");
}

static void read_disk(void)
{
	static int page;

	if (pread(file, block, sizeof(block), (off_t)(page++ % PAGES) * sizeof(block)) < 0)
		fail("pread");
}

static void make_and_remove(void)
{
	int made;

	if ((made = open("short", O_WRONLY | O_CREAT, 0600)) < 0)
		fail("open");
	close(made);
	unlink("short");
}

static void touch_memory(void)
{
	char *page = mmap(NULL, sizeof(block), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*page = 1;
	munmap(page, sizeof(block));
}

static void allocate(void)
{
	free(*(void *volatile *)&(void *){ malloc(100) });
}

static void mount_and_unmount(void)
{
	if (mount("none", folder, "tmpfs", 0, NULL) || umount(folder))
		fail("mount");
}

static void ask_for_privilege(void)
{
	setpriority(PRIO_PROCESS, 0, -1);
	setpriority(PRIO_PROCESS, 0, 0);
}

static void look_up(void)
{
	struct addrinfo *found;

	if (!getaddrinfo("127.0.0.1", NULL, &(struct addrinfo){ .ai_flags = AI_NUMERICHOST }, &found))
		freeaddrinfo(found);
}

static void bind_port(void)
{
	int made = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in any = { .sin_family = AF_INET };

	bind(made, (void *)&any, sizeof(any));
	close(made);
}

static void set_up_listener(void)
{
	socklen_t size = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&address, size) || listen(listener, 16) || getsockname(listener, (void *)&address, &size))
		fail("listen");
}

static void listen_again(void)
{
	listen(listener, 16);
}

/* Closed with a reset, so that no port is in use for a minute. */
static void connect_and_accept(void)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	if (connect(client, (void *)&address, sizeof(address)) || (server = accept(listener, NULL, NULL)) < 0)
		fail("connect");
	close(client);
	close(server);
}

static void set_up_connection(void)
{
	set_up_listener();
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[0], (void *)&address, sizeof(address)) || (ends[1] = accept(listener, NULL, NULL)) < 0)
		fail("connect");
}

static void send_and_receive(void)
{
	if (send(ends[0], block, 1000, 0) != 1000 || recv(ends[1], block, 1000, MSG_WAITALL) != 1000)
		fail("send");
}

static void set_up_datagrams(void)
{
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(9); /* where nobody listens */
}

static void send_to_nobody(void)
{
	sendto(udp, block, 100, 0, (void *)&address, sizeof(address));
}

static void *answer(void *unused)
{
	char byte;

	while (read(to[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
		;
	return unused;
}

static void set_up_answers(void)
{
	pthread_t thread;

	if (pipe(to) || pipe(back) || pthread_create(&thread, NULL, answer, NULL))
		fail("pipe");
}

static void ask(void)
{
	char byte = 0;

	if (write(to[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
		fail("pipe");
}

static void *write_too(void *unused)
{
	while (!over && pwrite(file, block, sizeof(block), 0) > 0)
		;
	return unused;
}

static void set_up_contention(void)
{
	pthread_t thread;

	set_up_file();
	if (pthread_create(&thread, NULL, write_too, NULL))
		fail("thread");
}

static void contend(void)
{
	if (pwrite(file, block, sizeof(block), 0) < 0)
		fail("pwrite");
}

static const struct {
	const char *name;
	void (*once)(void);
	void (*set_up)(void);
} s_things[] = {
	{ "open", open_missing }, { "stat", look_at_missing }, { "kill", signal_self }, { "fork", make_child }, { "exec", run_program },
	{ "call", call }, { "read", read_page, set_up_file }, { "disk", read_disk, set_up_disk },
	{ "create", make_and_remove, set_up_file }, { "fault", touch_memory }, { "malloc", allocate },
	{ "mount", mount_and_unmount }, { "privilege", ask_for_privilege }, { "lookup", look_up }, { "bind", bind_port },
	{ "listen", listen_again, set_up_listener }, { "connect", connect_and_accept, set_up_listener },
	{ "send", send_and_receive, set_up_connection }, { "drop", send_to_nobody, set_up_datagrams }, { "switch", ask, set_up_answers },
	{ "lock", contend, set_up_contention },
};

int main(int argc, char **argv)
{
	struct timespec begin, now;
	double seconds, took;
	size_t thing = 0;
	long count = 0;

	while (thing < sizeof(s_things) / sizeof(*s_things) && (argc != 3 || strcmp(s_things[thing].name, argv[1])))
		thing++;
	if (thing == sizeof(s_things) / sizeof(*s_things) || (seconds = atof(argv[2])) <= 0 || !mkdtemp(folder)) {
		fprintf(stderr, "usage: calls WHAT SECONDS; WHAT is");
		for (thing = 0; thing < sizeof(s_things) / sizeof(*s_things); thing++)
			fprintf(stderr, " %s", s_things[thing].name);
		fprintf(stderr, "\n");
		return 2;
	}
	if (s_things[thing].set_up)
		s_things[thing].set_up();
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		for (int i = 0; i < 16; i++, count++)
			s_things[thing].once();
		clock_gettime(CLOCK_MONOTONIC, &now);
		took = (now.tv_sec - begin.tv_sec) * 1e9 + now.tv_nsec - begin.tv_nsec;
	} while (took < seconds * 1e9);
	over = 1;
	printf("%ld %.0f\n", count, took / count);
	fflush(stdout);
	if (chdir("/") == 0)
		execl("/bin/rm", "rm", "-rf", folder, NULL);
	return 0;
}
