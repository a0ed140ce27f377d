using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace BpfPS.Help;

/// <summary>Imports the staged module and reads the facts about its cmdlets from PowerShell.</summary>
internal static class CmdletReader
{
    /// <summary>The cmdlets that a module exports, ordered by name.</summary>
    /// <param name="module">The folder of the module, which can have any name.</param>
    public static IReadOnlyList<CmdletFacts> Read(string module)
    {
        using var runspace = Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", Path.GetFullPath(Path.Combine(module, "BpfPS.psd1")))
            .AddParameter("PassThru").AddParameter("ErrorAction", "Stop");
        var imported = (PSModuleInfo)shell.Invoke()[0].BaseObject;
        return imported.ExportedCmdlets.Values.OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal).Select(Describe).ToArray();
    }

    /// <summary>The tools that a module has, ordered by name.</summary>
    /// <param name="module">The folder of the module.</param>
    public static IReadOnlyList<PSObject> Tools(string module)
    {
        using var runspace = Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", Path.GetFullPath(Path.Combine(module, "BpfPS.psd1")))
            .AddStatement().AddCommand("Get-BpfTool");
        return [.. shell.Invoke()];
    }

    private static Runspace Open()
    {
        var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        return runspace;
    }

    private static CmdletFacts Describe(CmdletInfo cmdlet)
    {
        var sets = cmdlet.ParameterSets.OrderByDescending(set => set.IsDefault).ToArray();
        var parameters = sets.SelectMany(set => set.Parameters).Where(IsOwn).DistinctBy(parameter => parameter.Name).ToArray();
        var defaults = Activator.CreateInstance(cmdlet.ImplementingType)!;
        return new CmdletFacts(
            cmdlet.Name, cmdlet.Verb, cmdlet.Noun,
            sets.Select(set => new ParameterSetFacts(set.Name, $"{cmdlet.Name} {set}", Ordered(set).Select(Use).ToArray())).ToArray(),
            parameters.Select(parameter => Describe(parameter, sets, defaults)).ToArray(),
            sets.SelectMany(set => set.Parameters)
                .Where(parameter => parameter.ValueFromPipeline || parameter.ValueFromPipelineByPropertyName)
                .Select(parameter => (parameter.ParameterType.GetElementType() ?? parameter.ParameterType).FullName!).Distinct().ToArray(),
            cmdlet.OutputType.Select(type => type.Name).ToArray());
    }

    private static ParameterFacts Describe(CommandParameterInfo parameter, CommandParameterSetInfo[] sets, object defaults)
    {
        var own = sets.Where(set => set.Parameters.Any(other => other.Name == parameter.Name)).Select(set => set.Name).ToArray();
        return new ParameterFacts(
            parameter.Name, TypeName(parameter.ParameterType), parameter.ParameterType == typeof(SwitchParameter), [.. parameter.Aliases],
            parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any(),
            Default(defaults.GetType().GetProperty(parameter.Name)?.GetValue(defaults)),
            own.Length == sets.Length ? [] : own);
    }

    private static ParameterUse Use(CommandParameterInfo parameter) => new(
        parameter.Name, parameter.IsMandatory, parameter.Position >= 0 ? parameter.Position : null,
        (parameter.ValueFromPipeline, parameter.ValueFromPipelineByPropertyName) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        });

    /// <summary>Orders parameters as in a call: by position, then mandatory ones, then the rest, with -WhatIf and -Confirm last.</summary>
    private static IEnumerable<CommandParameterInfo> Ordered(CommandParameterSetInfo set) => set.Parameters.Where(IsOwn)
        .OrderBy(parameter => IsShouldProcess(parameter)).ThenBy(parameter => parameter.Position < 0)
        .ThenBy(parameter => parameter.Position).ThenBy(parameter => !parameter.IsMandatory);

    private static bool IsOwn(CommandParameterInfo parameter) => !Cmdlet.CommonParameters.Contains(parameter.Name);

    private static bool IsShouldProcess(CommandParameterInfo parameter) => Cmdlet.OptionalCommonParameters.Contains(parameter.Name);

    private static string TypeName(Type type) =>
        type.IsArray ? $"{TypeName(type.GetElementType()!)}[]" : (Nullable.GetUnderlyingType(type) ?? type).Name;

    /// <summary>Only strings and switches have a meaningful default; that of a number or a list only means "not specified".</summary>
    private static string Default(object? value) => value switch
    {
        string { Length: > 0 } text => text,
        string[] { Length: > 0 } list => string.Join(", ", list),
        SwitchParameter => "False",
        _ => "None",
    };
}
