namespace BpfPS.Help;

/// <summary>The facts that PowerShell knows about a cmdlet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Verb">The verb in the name.</param>
/// <param name="Noun">The noun in the name.</param>
/// <param name="Sets">Its parameter sets, the default one first.</param>
/// <param name="Parameters">Its own parameters, including -WhatIf and -Confirm but not the other common ones.</param>
/// <param name="InputTypes">The full names of the types that its parameters take from the pipeline, one object at a time.</param>
/// <param name="OutputTypes">The full names of the types in [OutputType].</param>
internal sealed record CmdletFacts(
    string Name, string Verb, string Noun, IReadOnlyList<ParameterSetFacts> Sets, IReadOnlyList<ParameterFacts> Parameters,
    IReadOnlyList<string> InputTypes, IReadOnlyList<string> OutputTypes);

/// <summary>One way to call a cmdlet.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="Syntax">The call as Get-Command -Syntax shows it.</param>
/// <param name="Uses">The parameters in the order of the call.</param>
internal sealed record ParameterSetFacts(string Name, string Syntax, IReadOnlyList<ParameterUse> Uses);

/// <summary>A parameter in one parameter set.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="IsRequired">Whether it is mandatory.</param>
/// <param name="Position">Its position, or null if it is a named parameter.</param>
/// <param name="Pipeline">How it binds from the pipeline, in the words of the help.</param>
internal sealed record ParameterUse(string Parameter, bool IsRequired, int? Position, string Pipeline);

/// <summary>A parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The short name of its type, such as "String[]".</param>
/// <param name="IsSwitch">Whether it takes no value.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="HasWildcards">Whether it takes wildcards.</param>
/// <param name="Default">The default value, as the help shows it.</param>
/// <param name="SetNames">The sets that it belongs to; empty for all.</param>
internal sealed record ParameterFacts(
    string Name, string Type, bool IsSwitch, IReadOnlyList<string> Aliases, bool HasWildcards, string Default,
    IReadOnlyList<string> SetNames);
