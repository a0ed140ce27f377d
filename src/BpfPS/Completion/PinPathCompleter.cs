using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the paths of pins and of the directories they are in; relative ones count from the root of bpffs.</summary>
public sealed class PinPathCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfFileSystem.Mounts.SelectMany(Within).Select(path => (path, ""));

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word) =>
        word.Length == 0 || word.StartsWith('/') ? Candidates(bound)
            : Within(BpfFileSystem.Root).Select(path => (Path.GetRelativePath(BpfFileSystem.Root, path), path));

    private static IEnumerable<string> Within(string mount) => Directory.Exists(mount)
        ? Directory.EnumerateFileSystemEntries(mount, "*", BpfFileSystem.Everything).Order(StringComparer.Ordinal) : [];
}
