namespace BpfPS.Tests;

/// <summary>What this machine lets a test do. A test that cannot run is skipped with its reason; under CI that is a failure.</summary>
internal static class Machine
{
    private static readonly bool s_isCi = Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>Skips the test unless it runs as root, with BPF and BTF in the kernel.</summary>
    public static void RequireKernel()
    {
        Require(Environment.IsPrivilegedProcess, "it needs root");
        Require(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel has no BTF (/sys/kernel/btf/vmlinux)");
    }

    /// <summary>Skips the test unless a program is on the PATH.</summary>
    public static void RequireProgram(string name) =>
        Require(Find(name) is not null, $"the program '{name}' is not on the PATH");

    /// <summary>A clang on the PATH, which Debian calls by its version, or null.</summary>
    public static string? FindClang() => Find("clang")
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFiles(directory, "clang-*"))
            .FirstOrDefault(path => Path.GetFileName(path)["clang-".Length..].All(char.IsAsciiDigit));

    /// <summary>The absolute path of a program on the PATH (and in /usr/sbin, where bpftool is), or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Skips the test with a reason when the condition does not hold; fails it under CI.</summary>
    public static void Require(bool condition, string reason)
    {
        if (condition)
        {
            return;
        }
        Assert.False(s_isCi, $"Under CI this test must run, but {reason}.");
        Assert.Skip(reason);
    }
}
