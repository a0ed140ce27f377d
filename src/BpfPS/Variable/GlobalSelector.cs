using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>From what a user says (an object, a program, a map; its name or id) to the maps that may hold its global variables.</summary>
internal static class GlobalSelector
{
    /// <summary>The maps.</summary>
    /// <exception cref="BpfException">There is no such thing.</exception>
    public static IReadOnlyList<BpfMap> Maps(PSObject item) => item.BaseObject switch
    {
        BpfObject obj => obj.Maps,
        BpfMap map => [map],
        BpfProgram program => program.MapIds.Select(BpfMap.FromId).ToArray(),
        BpfPin { Kind: BpfPinKind.Map } pin => [BpfMap.FromPin(pin.Path)],
        BpfPin { Kind: BpfPinKind.Program } pin => BpfProgram.FromPin(pin.Path).MapIds.Select(BpfMap.FromId).ToArray(),
        BpfPin pin => BpfProgram.FromId(BpfLink.FromPin(pin.Path).ProgramId).MapIds.Select(BpfMap.FromId).ToArray(),
        int or uint or long => BpfProgram.FromId(Convert.ToUInt32(item.BaseObject, System.Globalization.CultureInfo.InvariantCulture)).MapIds.Select(BpfMap.FromId).ToArray(),
        string name => Named(name),
        _ => throw new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} has no global variables.", "Give a started object, a program (or its id), or a map."),
    };

    private static BpfMap[] Named(string name)
    {
        var maps = BpfSession.Objects.Where(obj => obj.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).SelectMany(obj => obj.Maps).ToArray();
        if (maps.Length > 0)
        {
            return maps;
        }
        // What somebody else started: a program's or a map's name.
        var ids = BpfProgram.List().Where(program => program.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).SelectMany(program => program.MapIds).ToHashSet();
        maps = ids.Count > 0 ? ids.Select(BpfMap.FromId).ToArray() : BpfMap.List().Where(map => MapSelector.IsNamed(map, name)).ToArray();
        return maps.Length > 0 ? maps : throw new BpfException(BpfErrorKind.NotFound, $"There is no object, program or map named '{VisibleText.Escape(name)}'.", "Get-BpfObject lists what this session started, Get-BpfProgram every program.");
    }
}
