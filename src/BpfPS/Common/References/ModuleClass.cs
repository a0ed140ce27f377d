using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Which class of this module an object is of, also when it lost that on its way through a file or another session.</summary>
internal static class ModuleClass
{
    private const string Module = "BpfPS";
    private const string Deserialized = "Deserialized.BpfPS.";

    /// <summary>The class's name without the namespace; null for an object of any other class.</summary>
    public static string? Of(PSObject item) => item.BaseObject switch
    {
        PSCustomObject => item.TypeNames.FirstOrDefault(IsLost)?[Deserialized.Length..],
        BpfMapEntry => nameof(BpfMapEntry), // its own class is made at run time
        BpfRecord => nameof(BpfEvent),
        var live => live.GetType().Namespace == Module ? live.GetType().Name : null,
    };

    private static bool IsLost(string typeName) => typeName.StartsWith(Deserialized, StringComparison.Ordinal);
}
