namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>The C programs whose addresses the tests look up.</summary>
internal static class TargetSource
{
    /// <summary>
    /// Tells its addresses, then obeys one command a line: "dlopen PATH FUNCTION" or "code" (executable anonymous memory).
    /// </summary>
    public const string Program = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/auxv.h>
        #include <sys/mman.h>

        static void *return_address;

        __attribute__((noinline)) int first_function(int x)
        {
        	return x * 3;
        }

        __attribute__((noinline)) static int local_function(int x)
        {
        	int y = x + 1;

        	return first_function(y) + 2;
        }

        __attribute__((noinline)) void callee(void)
        {
        	return_address = __builtin_return_address(0);
        }

        __attribute__((noinline)) int caller(int x)
        {
        	x += 5;
        	callee(); /* the call */

        	x += local_function(x);
        	return x;
        }

        int main(void)
        {
        	char line[4096], path[2048], name[256];
        	void *heap = malloc(64);

        	caller(1);
        	printf("first_function %p\n", (void *)first_function);
        	printf("local_function %p\n", (void *)local_function);
        	printf("caller %p\n", (void *)caller);
        	printf("main %p\n", (void *)main);
        	printf("return_address %p\n", return_address);
        	printf("qsort %p\n", dlsym(RTLD_DEFAULT, "qsort"));
        	printf("vdso %#lx\n", getauxval(AT_SYSINFO_EHDR));
        	printf("heap %p\n", heap);
        	puts("ready");
        	fflush(stdout);
        	while (fgets(line, sizeof(line), stdin)) {
        		if (sscanf(line, "dlopen %2047s %255s", path, name) == 2) {
        			void *library = dlopen(path, RTLD_NOW);

        			printf("%s %p\n", name, library ? dlsym(library, name) : NULL);
        		} else {
        			printf("code %p\n", mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        		}
        		puts("ready");
        		fflush(stdout);
        	}
        	return 0;
        }
        """;

    /// <summary>A library to load while the program runs.</summary>
    public const string Library = """
        __attribute__((noinline)) int library_function(int x)
        {
        	return x * 7;
        }
        """;
}
