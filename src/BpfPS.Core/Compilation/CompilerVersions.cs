using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BpfPS.Compilation;

/// <summary>What compilers say of their version, kept in the cache: starting one to ask it takes longer than the rest of a start.</summary>
internal static class CompilerVersions
{
    private const string FileName = "version.txt";

    /// <summary>What the program said when it was as it is now; null when it was not asked yet.</summary>
    public static string? Find(string path)
    {
        try
        {
            using var directory = CacheDirectory.Open(Name(path));
            return directory.Has(FileName) ? directory.ReadText(FileName) : null;
        }
        catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException)
        {
            return null; // without a cache it is asked each time
        }
    }

    /// <summary>Keeps what the program said.</summary>
    public static void Keep(string path, string version)
    {
        try
        {
            using var directory = CacheDirectory.Open(Name(path));
            directory.Write(FileName, Encoding.UTF8.GetBytes(version));
        }
        catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException)
        {
            // as above
        }
    }

    // A package's update changes the file's time and size; the name on the PATH is often a link to it.
    private static string Name(string path)
    {
        var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        var text = string.Create(CultureInfo.InvariantCulture, $"{path}\0{file.FullName}\0{file.LastWriteTimeUtc.Ticks}\0{file.Length}");
        return $"clang-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 16)}";
    }
}
