/* Makes system calls of many kinds, for strace and the module's own probes to see the same of them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void reach(const char *address, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int is6 = strchr(address, ':') != NULL;
	int fd = socket(is6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	inet_pton(is6 ? AF_INET6 : AF_INET, address, is6 ? (void *)&to6.sin6_addr : (void *)&to.sin_addr);
	if (is6)
		connect(fd, (void *)&to6, sizeof(to6));
	else
		connect(fd, (void *)&to, sizeof(to));
	close(fd);
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "/tmp";
	struct timespec moment = { .tv_nsec = 1234567 };
	char path[256], bytes[64] = "the first line\nand a second one\n";
	int window[4], pair[2];
	struct iovec parts[2] = { { bytes, 3 }, { bytes + 3, 4 } };

	snprintf(path, sizeof(path), "%s/made", folder);
	mkdirat(AT_FDCWD, path, 0750);
	snprintf(path, sizeof(path), "%s/made/file", folder);
	for (int i = 0; i < 3; i++) {
		int fd = openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
		char *area;

		write(fd, bytes, 32 - i);
		pwrite64(fd, bytes + i, 5, 100 + i);
		lseek(fd, -10, SEEK_END);
		read(fd, bytes + 40, 10);
		writev(fd, parts, 2);
		ioctl(fd, TIOCGWINSZ, window);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		ftruncate(fd, 4096);
		area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		mprotect(area, 4096, PROT_READ);
		munmap(area, 4096);
		dup3(fd, 100 + i, O_CLOEXEC);
		close(100 + i);
		close(fd);
		openat(AT_FDCWD, "/absent/for/calls.c", O_RDONLY | O_DIRECTORY);
		read(-1, bytes + 40, 1);
		close(12345);
		kill(getpid(), 0);
		kill(0x3ffffff, SIGTERM);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
		getrandom(bytes + 40, 8 + i, GRND_NONBLOCK);
		reach("127.0.0.1", 9);
		reach("::1", 9);
		pipe2(pair, O_CLOEXEC);
		close(pair[0]);
		close(pair[1]);
		if (fork() == 0) {
			execl("/absent/program", "program", "first", NULL);
			execl("/bin/true", "true", "first", "the second one", NULL);
			_exit(1);
		}
		wait4(-1, NULL, 0, NULL);
	}
	unlinkat(AT_FDCWD, path, 0);
	unlinkat(AT_FDCWD, path, 0);
	snprintf(path, sizeof(path), "%s/made", folder);
	unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
	return 0;
}
