using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BpfPS.Compilation;

/// <summary>The system's clang, called without a shell.</summary>
internal static partial class Clang
{
    private const int OldestVersion = 14;
    private const int NewestVersion = 30;

    private static string? s_path;

    /// <summary>The clang on the PATH: the unversioned one where it is new enough, else the newest.</summary>
    /// <exception cref="BpfException">There is none that is new enough.</exception>
    public static string Path => s_path ??= Find();

    /// <summary>Runs clang and waits for it.</summary>
    /// <returns>Its exit code, what it wrote to standard output, and its messages.</returns>
    public static (int ExitCode, byte[] Output, string Messages) Run(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        var messages = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return (process.ExitCode, output.ToArray(), messages.Result);
    }

    private static string Find()
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var names = Enumerable.Range(OldestVersion, NewestVersion - OldestVersion + 1).Reverse()
            .Select(version => string.Create(CultureInfo.InvariantCulture, $"clang-{version}")).Prepend("clang");
        foreach (var name in names)
        {
            foreach (var directory in directories)
            {
                var path = System.IO.Path.Combine(directory, name);
                if (File.Exists(path) && Version(path) >= OldestVersion)
                {
                    return path;
                }
            }
        }
        throw new BpfException(BpfErrorKind.DependencyMissing, $"No clang of version {OldestVersion} or later is on the PATH, and C sources need one.",
            "Install it ('apt install clang libbpf-dev' on Debian and Ubuntu), or start an object file that was compiled elsewhere.");
    }

    private static int Version(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
            var match = VersionText().Match(process!.StandardOutput.ReadToEnd());
            return match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return 0;
        }
    }

    /// <summary>Debian's place for what its compilers find by themselves only when they compile for the machine they run on.</summary>
    public static string MachineHeaders => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "/usr/include/x86_64-linux-gnu",
        Architecture.Arm64 => "/usr/include/aarch64-linux-gnu",
        Architecture.S390x => "/usr/include/s390x-linux-gnu",
        Architecture.Ppc64le => "/usr/include/powerpc64le-linux-gnu",
        Architecture.RiscV64 => "/usr/include/riscv64-linux-gnu",
        _ => "/usr/include",
    };

    /// <summary>What libbpf's bpf_tracing.h calls the machine.</summary>
    public static string TargetName => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "x86",
        Architecture.Arm64 => "arm64",
        Architecture.S390x => "s390",
        Architecture.Ppc64le => "powerpc",
        Architecture.RiscV64 => "riscv",
        var other => other.ToString().ToLowerInvariant(),
    };

    [GeneratedRegex(@"version (\d+)\.")]
    private static partial Regex VersionText();
}
