namespace BpfPS.Shell.Startup;

/// <summary>Where a module lies on disk, and under which name it is imported.</summary>
/// <param name="SearchPath">The folder that belongs on PSModulePath; null when the module is to be found there already.</param>
/// <param name="Name">The module's name.</param>
internal sealed record ModuleLocation(string? SearchPath, string Name)
{
    /// <summary>The variable that names the module's folder when -Module does not.</summary>
    public const string Variable = "BPFPS_MODULE_PATH";

    private const string DefaultName = "BpfPS";

    // From artifacts/bin/BpfPS.Shell/release up to artifacts; one more would be the source tree, whose module/ is not the built one.
    private const int LevelsUp = 3;

    /// <summary>Finds the module: -Module, then <see cref="Variable"/>, then module/BpfPS beside or above the program, then PSModulePath.</summary>
    /// <exception cref="CommandLineException">What was named explicitly is not there.</exception>
    public static ModuleLocation Find(string? modulePath, string programFolder)
    {
        if (!string.IsNullOrEmpty(modulePath))
        {
            return At(modulePath, "-Module");
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable)
        {
            return At(variable, Variable);
        }

        var folder = new DirectoryInfo(programFolder);
        for (var level = 0; level <= LevelsUp && folder is not null; level++, folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "module", DefaultName);
            if (File.Exists(Path.Combine(candidate, DefaultName + ".psd1")))
            {
                return new ModuleLocation(Path.GetDirectoryName(candidate), DefaultName);
            }
        }

        return new ModuleLocation(null, DefaultName);
    }

    private static ModuleLocation At(string path, string source)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? folder;
        string name;
        if (File.Exists(path))
        {
            folder = Path.GetDirectoryName(path);
            name = Path.GetFileNameWithoutExtension(path);
        }
        else if (Directory.Exists(path))
        {
            folder = path;
            name = NameIn(path);
        }
        else
        {
            throw new CommandLineException($"{source} names {path}, which does not exist");
        }

        // Import by name wants Name/Name.psd1 or Name/1.2.3/Name.psd1 under the search path.
        if (folder is not null && IsVersion(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        if (!string.Equals(Path.GetFileName(folder), name, StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandLineException($"{source} names {path}, but a module {name} must lie in a folder called {name}");
        }

        return new ModuleLocation(Path.GetDirectoryName(folder), name);
    }

    private static string NameIn(string folder) =>
        IsVersion(folder) ? Path.GetFileName(Path.GetDirectoryName(folder)) ?? DefaultName : Path.GetFileName(folder);

    private static bool IsVersion(string folder) => Version.TryParse(Path.GetFileName(folder), out _);
}
