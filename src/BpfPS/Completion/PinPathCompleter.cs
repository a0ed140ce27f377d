using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the paths of pins and of the directories they are in.</summary>
public sealed class PinPathCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfFileSystem.IsMounted
            ? Directory.EnumerateFileSystemEntries(BpfFileSystem.Root, "*", BpfFileSystem.Everything).Order(StringComparer.Ordinal).Select(path => (path, ""))
            : [];
}
