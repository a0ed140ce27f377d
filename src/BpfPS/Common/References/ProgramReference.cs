using System.Globalization;

namespace BpfPS.Commands;

/// <summary>One program, as a parameter takes it: by its name, its id, its pin, or as an object.</summary>
/// <param name="value">The name, the id, the path of a pin, the program, or whatever leads to it.</param>
public sealed class ProgramReference(object value) : ThingReference(value)
{
    private readonly Lazy<BpfProgram> _program = new(() => ProgramResolver.Instance.Single(value));

    /// <summary>The program.</summary>
    /// <exception cref="BpfException">There is none, or there are several.</exception>
    internal BpfProgram Resolve() => _program.Value;

    /// <summary>Looks it up, where it is not text that is compared.</summary>
    /// <exception cref="BpfException">There is no such program.</exception>
    internal void Require() => Is(0, "");

    /// <summary>Whether a program of this id and name is meant. A name can have wildcards; an id can be text.</summary>
    internal bool Is(uint id, string name) => Text is not { } text || text.StartsWith('/') ? Resolve().Id == id
        : IsPattern ? Wildcards.Pattern(text).IsMatch(name)
        : BpfMap.IsNamed(text, name) || text == id.ToString(CultureInfo.InvariantCulture);
}
