namespace BpfPS.Links;

/// <summary>A program whose links a user wants.</summary>
/// <param name="Given">What the user gave.</param>
/// <param name="IsPattern">Whether it is a name with wildcards.</param>
/// <param name="Is">Whether a program with this id and name is meant.</param>
internal sealed record WantedProgram(object Given, bool IsPattern, Func<uint, string, bool> Is);
