namespace BpfPS.Host;

/// <summary>Finds programs and libraries by path or by name, as libbpf does, and without a version too.</summary>
internal static class ProgramFiles
{
    // Where libbpf looks for a file name without a slash (resolve_full_path in its libbpf.c).
    private static readonly string[] s_folders = ["/lib64", "/lib", "/usr/lib64", "/usr/lib", "/usr/lib/x86_64-linux-gnu",
        "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/bin", "/usr/sbin", "/bin", "/sbin"];

    /// <summary>The file of a path, or of the name of a library or program: "libc.so.6", "libc", "bash".</summary>
    /// <param name="path">A path if it has a slash, else a name.</param>
    /// <returns>The path; null if there is no such file.</returns>
    public static string? Find(string path) => path.Contains('\0') ? null
        : path.Contains('/') ? File.Exists(path) ? path : null
        : Folders().Select(folder => Path.Combine(folder, path)).Where(File.Exists).ToArray() is var found
            && Array.Find(found, ElfSymbols.IsElf) is { } program ? program : FindLibrary(path) ?? found.ElementAtOrDefault(0);

    private static IEnumerable<string> Folders() => s_folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'));

    /// <summary>A library by its name without a version: its highest. "libc.so" itself may be a text for the linker.</summary>
    private static string? FindLibrary(string name)
    {
        var start = name.EndsWith(".so", StringComparison.Ordinal) ? $"{name}." : $"{name}.so";
        return s_folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*", BpfFileSystem.Readable))
            .Where(file => Path.GetFileName(file).StartsWith(start, StringComparison.Ordinal))
            .OrderByDescending(VersionOf).FirstOrDefault(ElfSymbols.IsElf);

        static Version VersionOf(string file) =>
            Version.TryParse($"{Path.GetFileName(file).Split(".so.").ElementAtOrDefault(1)}.0", out var version) ? version : new Version();
    }

    /// <summary>The programs and libraries that are called like a file that does not exist.</summary>
    /// <param name="path">The path or name that was not found.</param>
    public static IEnumerable<string> Near(string path)
    {
        const int looked = 100; // archives and scripts may be nearer than the nearest program
        var folder = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(folder)
            // A library is also found by its name without a version.
            ? NearNames.Of(path, s_folders.SelectMany(Names).SelectMany(name => (string[])[name, name.Split(".so")[0]]), looked)
                .Where(name => Find(name) is { } found && ElfSymbols.IsElf(found))
            : NearNames.Of(path, Names(folder).Select(name => Path.Combine(folder, name)), looked).Where(ElfSymbols.IsElf);
    }

    private static IEnumerable<string> Names(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", BpfFileSystem.Readable).Select(file => Path.GetFileName(file)) : [];
}
