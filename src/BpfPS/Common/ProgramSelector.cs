using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Finds programs by name, id or pin.</summary>
internal static class ProgramSelector
{
    /// <summary>The programs whose name matches.</summary>
    /// <exception cref="BpfException">A plain name matches nothing.</exception>
    public static IReadOnlyList<BpfProgram> ByName(string name)
    {
        var programs = Wildcards.Matching(BpfProgram.List(), name, program => program.Name).ToArray();
        return programs.Length > 0 || Wildcards.IsPattern(name) ? programs
            : throw new BpfException(BpfErrorKind.NotFound, $"There is no program named '{VisibleText.Escape(name)}' in the kernel.", "List the programs with Get-BpfProgram.");
    }

    /// <summary>The programs pinned at a path: one pin, a directory's, or those that match a wildcard.</summary>
    public static IEnumerable<BpfProgram> ByPath(string path) =>
        PinSelector.Find(path).Where(pin => pin.Kind == BpfPinKind.Program).Select(pin => BpfProgram.FromPin(pin.Path));

    /// <summary>
    /// The program that an object without a class of its own stands for: one that came through remoting or a file, or that
    /// a pipeline made. Null when it names none; a map's id, say, is no program's.
    /// </summary>
    /// <exception cref="BpfException">The program that it names is not there.</exception>
    public static BpfProgram? ByProperties(PSObject item) =>
        item.BaseObject is BpfProgramStatistics measured ? BpfProgram.FromId(measured.Id)
        : item.BaseObject is BpfLink link ? BpfProgram.FromId(link.ProgramId)
        : ObjectReference.Resolve(item, [nameof(BpfProgram), nameof(BpfPin), nameof(BpfProgramStatistics)], BpfProgram.FromPin, BpfProgram.FromId);
}
