using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// One object that can be started, as a parameter takes it: a tool by its name, a file, a build, or what was started already.
/// </summary>
/// <param name="value">The name, the path, the object, or whatever leads to it.</param>
public sealed class ObjectReference(object value) : ThingReference(value)
{
    // What files, builds and tools are known by.
    private static readonly string[] s_sources = ["FullName", "FilePath", "Path", "Name"];

    /// <summary>The tool's name or file that it was, or is to be, started from.</summary>
    /// <exception cref="BpfException">It is not a name, a file or a started object.</exception>
    internal string Source() => Value switch
    {
        string name => name,
        FileSystemInfo file => file.FullName,
        BpfObject obj => obj.Path,
        BpfTool tool => tool.Name,
        _ when SourceOf(PSObject.AsPSObject(Value)) is { Length: > 0 } named => named,
        _ => throw new BpfException(BpfErrorKind.InvalidArgument, $"A {Value.GetType().Name} cannot be used as an object.",
            "Use a tool's name (Get-BpfTool), a file (.bpf.o, .bpf.c), a build (Build-BpfProgram), or a started object (Get-BpfObject)."),
    };

    private static string? SourceOf(PSObject item) =>
        s_sources.Select(name => item.Properties[name]?.Value?.ToString()).FirstOrDefault(text => text is not null);
}
