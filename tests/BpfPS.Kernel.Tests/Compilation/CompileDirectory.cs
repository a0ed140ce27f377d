using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Compilation;

/// <summary>A directory for sources, with a cache of its own, and the headers of bpf/include.</summary>
public sealed class CompileDirectory : IDisposable
{
    private readonly string _tools = BpfTool.Directory;
    private readonly string? _cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");

    public CompileDirectory()
    {
        // What the compiler finds beside the tools is include/, and that is in bpf/ as well.
        BpfTool.Directory = System.IO.Path.Combine(Repository.Root, "bpf");
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Cache);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("bpfps-compile-").FullName;

    public string Cache => System.IO.Path.Combine(Path, "cache");

    /// <summary>What compilations have left in the cache; the compiler's version, which every one asks for, is not of any one.</summary>
    public string[] CachedFiles() => Directory.Exists(Cache)
        ? [.. Directory.GetFiles(Cache, "*", SearchOption.AllDirectories).Where(file => System.IO.Path.GetFileName(file) != "version.txt")]
        : [];

    /// <summary>Writes source.bpf.c.</summary>
    public string Source(string text)
    {
        var path = System.IO.Path.Combine(Path, "source.bpf.c");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Skips the test unless something can be compiled and loaded here.</summary>
    public static void Require()
    {
        Support.Live.Require();
        Machine.Require(Directory.GetFiles("/usr/bin", "clang-*").Length > 0 || Machine.Find("clang") is not null, "no clang is installed");
    }

    public void Dispose()
    {
        BpfTool.Directory = _tools;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cache);
        Directory.Delete(Path, recursive: true);
    }
}
