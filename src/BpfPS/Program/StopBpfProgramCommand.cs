using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Stop-BpfProgram: detaches and unloads what this session started, or removes pins.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BpfProgram", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject), typeof(BpfPin))]
public sealed class StopBpfProgramCommand : ReferenceCmdlet
{
    /// <summary>Directories of pins or single pins in bpffs, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [Alias("PinPath")]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    [ValidateNotNull]
    public override string[]? Path { get; set; }

    /// <summary>Also detach what another process holds.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Give what was stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override IReferenceKind Kind => ObjectResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // Pins may be those of another session: removing them is all there is to stop.
        var pins = InputObject.Where(IsPin).ToArray();
        var paths = pins.Select(pin => Try(() => PathOf(PSObject.AsPSObject(pin)), pin)).OfType<string>();
        foreach (var path in (Path ?? []).Concat(paths))
        {
            var named = PinPlace.Of(path);
            foreach (var place in Try(named.Paths, path) ?? [])
            {
                Unpin(place, named.IsPattern ? place : path);
            }
        }
        InputObject = [.. InputObject.Where(item => !IsPin(item))];
        var isDone = Path is not null || pins.Length > 0 && InputObject.Length == 0;
        foreach (var obj in isDone ? [] : References(ObjectResolver.Instance))
        {
            Stop(obj.Thing, obj.Target);
        }
    }

    private static string PathOf(PSObject pin)
    {
        ObjectOrigin.RequireHere(pin);
        return $"{pin.Properties[nameof(BpfPin.Path)].Value}";
    }

    private static bool IsPin(object item) =>
        PSObject.AsPSObject(item) is var wrapped
            && (wrapped.BaseObject is BpfPin || wrapped.TypeNames.Contains($"Deserialized.{typeof(BpfPin).FullName}"));

    private void Stop(BpfObject obj, object target)
    {
        if (obj.State == BpfObjectState.Stopped || !ShouldProcess(obj.Name, "Detach and unload BPF programs"))
        {
            return;
        }
        Try(() => { BpfObjectPins.Remove(obj); return obj; }, target);
        obj.Dispose();
        if (PassThru)
        {
            WriteObject(obj);
        }
    }

    private void Unpin(string place, string target)
    {
        if (!ShouldProcess(place, "Remove pins, and what nothing else holds with them"))
        {
            return;
        }
        // An object of this session that is pinned there is stopped as well: the user said so by its path.
        foreach (var obj in BpfSession.Objects.Where(obj => obj.PinPath == place))
        {
            obj.Dispose();
        }
        if (Try(() => BpfPin.Remove(place), target) is not { } removed)
        {
            return;
        }
        foreach (var link in BpfLink.HeldWithout(removed))
        {
            if (Force)
            {
                Try(() => { link.Remove(); return link; }, target);
            }
            else
            {
                WriteWarning($"{link} goes on until its holder lets go of it or ends: {string.Join(", ", link.Processes)}."
                    + (link.CanBeDetached ? $" Remove-BpfLink -Id {link.Id} detaches it now, as -Force would have done." : ""));
            }
        }
        if (PassThru)
        {
            WriteObject(removed, enumerateCollection: true);
        }
    }
}
