namespace BpfPS.Tests;

/// <summary>The PowerShell that tests start as a process.</summary>
internal static class Pwsh
{
    // build.ps1 says which one it uses; without it, the one that build.sh has fetched, or the one on the PATH.
    private static readonly string? s_path = new[]
    {
        Environment.GetEnvironmentVariable("BPFPS_PWSH"), Path.Combine(Repository.Root, "artifacts/tools/pwsh"), Machine.Find("pwsh"),
    }.FirstOrDefault(File.Exists);

    /// <summary>Where it is. It is one process: signals reach it, and its id is that of the child.</summary>
    public static string Program => s_path
        ?? throw new FileNotFoundException("No pwsh was found. './build.sh test' fetches it; or set BPFPS_PWSH to the path of a pwsh 7.6.");
}
