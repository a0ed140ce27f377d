using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfMap: lets go of maps that this session made.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfMap", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
public sealed class RemoveBpfMapCommand : MapCmdlet
{
    private readonly HashSet<string> _namesOfOurs = [];

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        var isOurs = BpfHeldMaps.Holds(ShellSession.Current(), map.Id);
        if (Name is not null && reference.Target is string name && !name.StartsWith('/'))
        {
            // A name means the session's own map of that name; somebody else's that is called alike is not meant.
            if (isOurs)
            {
                _namesOfOurs.Add(name);
            }
            else if (!reference.IsExplicit || _namesOfOurs.Contains(name) || MapResolver.Instance.ByName(name).Any(other => BpfHeldMaps.Holds(ShellSession.Current(), other.Thing.Id)))
            {
                return;
            }
        }
        if (!ShouldProcess(map.ToString(), "Let go of it"))
        {
            return;
        }
        if (!BpfHeldMaps.Release(ShellSession.Current(), map.Id))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound, $"Map '{VisibleText.Escape(map.Name)}' (id {map.Id}) is not one that this session made.",
                "A map goes with whatever keeps it: Remove-BpfPin removes a pin, Stop-BpfProgram stops a started object, and another process's maps end with it."), reference.Target);
        }
    }
}
