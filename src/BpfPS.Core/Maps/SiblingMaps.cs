using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>Finds the other maps of the object that a map belongs to.</summary>
internal static class SiblingMaps
{
    /// <summary>
    /// The maps of the object that a map belongs to, including the map itself. The programs of one object share its BTF. A single
    /// program may not use all maps: the one that captures a stack is rarely the one that sends the event.
    /// </summary>
    /// <exception cref="BpfException">The map is not from a started object, and the user lacks permission to list programs.</exception>
    public static IReadOnlyList<BpfMap> Of(BpfMap map) => map.Owner?.Maps ?? Of(map.Id);

    private static List<BpfMap> Of(uint mapId)
    {
        var programs = new List<(uint BtfId, uint[] Maps)>();
        foreach (var programId in KernelObjects.ProgramIds())
        {
            try
            {
                using var fd = KernelObjects.OpenProgram(programId);
                programs.Add((KernelObjects.GetProgramInfo(fd).BtfId, KernelObjects.GetMapIds(fd)));
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        var objects = programs.Where(program => program.BtfId != 0 && program.Maps.Contains(mapId)).Select(program => program.BtfId)
            .ToHashSet();
        var maps = new List<BpfMap>();
        foreach (var id in programs.Where(program => objects.Contains(program.BtfId) || program.Maps.Contains(mapId))
            .SelectMany(program => program.Maps).Distinct())
        {
            try
            {
                maps.Add(BpfMap.FromId(id));
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
        }
        return maps;
    }
}
