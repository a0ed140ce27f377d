namespace BpfPS.Loading;

/// <summary>What else runs of a tool that was started: both do the same work, and what they count, they count twice.</summary>
internal static class SameTool
{
    /// <summary>
    /// The loaded programs that are the same as those of an object just started, by name and tag, whoever started them; none if the
    /// object is not of a shipped tool.
    /// </summary>
    /// <param name="started">The object.</param>
    public static IReadOnlyList<BpfProgram> Others(BpfObject started)
    {
        if (Path.GetDirectoryName(started.Path) != BpfTool.Directory)
        {
            return [];
        }
        try
        {
            return Same(started);
        }
        catch (BpfException)
        {
            return []; // without CAP_SYS_ADMIN nobody can list programs, and the tool runs all the same
        }
    }

    private static IReadOnlyList<BpfProgram> Same(BpfObject started)
    {
        var own = started.Programs.Select(program => program.Id).ToHashSet();
        var wanted = started.Programs.Select(program => (program.Name, program.Tag)).ToHashSet();
        // What was stopped just now may still be there until no CPU runs it any more, but nobody holds it.
        return [.. BpfProgram.List().Where(program => !own.Contains(program.Id) && wanted.Contains((program.Name, program.Tag))
            && program.Processes.Count > 0)];
    }
}
