using System.Management.Automation.Runspaces;

namespace BpfPS.Shell.Commands;

/// <summary>
/// The two cmdlets that the engine's completion calls and that it does not have itself: without them there is no
/// completion of paths and of members. They are found under the full names that it uses, and under no others, so that
/// nobody takes them for the real ones.
/// </summary>
internal static class CompletionFunctions
{
    /// <summary>The functions.</summary>
    public static IEnumerable<SessionStateFunctionEntry> Entries { get; } =
    [
        new(@"Microsoft.PowerShell.Management\Resolve-Path", """
            [CmdletBinding()]
            param([string] $Path)
            $ExecutionContext.SessionState.Path.GetResolvedPSPathFromPSPath($Path)
            """),
        new(@"Microsoft.PowerShell.Utility\Sort-Object", """
            [CmdletBinding()]
            param([string[]] $Property, [switch] $Unique, [Parameter(ValueFromPipeline)] $InputObject)
            begin { $sorted = [System.Collections.Generic.SortedDictionary[string, object]]::new([StringComparer]::OrdinalIgnoreCase) }
            process { $sorted[-join ($Property | ForEach-Object { '{0:d} ' -f $InputObject.$_ })] = $InputObject }
            end { $sorted.Values }
            """),
    ];
}
