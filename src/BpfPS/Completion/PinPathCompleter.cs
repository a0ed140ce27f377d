using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the paths of pins and of the directories they are in.</summary>
public sealed class PinPathCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfFileSystem.Mounts.SelectMany(mount => Directory.EnumerateFileSystemEntries(mount, "*", BpfFileSystem.Everything))
            .Order(StringComparer.Ordinal).Select(path => (path, ""));
}
