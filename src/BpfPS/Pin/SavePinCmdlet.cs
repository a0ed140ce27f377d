using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Pins things in bpffs: what Save-BpfMapPin, Save-BpfProgramPin and Save-BpfLinkPin do alike.</summary>
public abstract class SavePinCmdlet : ReferenceCmdlet
{
    /// <summary>Where to pin it: a path in bpffs; one that ends in '/' is a directory, in which the pin has the thing's name.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string? PinPath { get; set; }

    /// <summary>Replace the pin of another that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Who may use the pin, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pin is: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <summary>Give the pin.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected sealed override void BeginProcessing() => PinPath = RequireArgument(PinPath, nameof(PinPath));

    /// <summary>Pins what was named.</summary>
    /// <param name="resolver">What says which things are meant.</param>
    /// <param name="pin">Pins one at a place.</param>
    /// <param name="isMeant">Whether a thing is meant that was not named itself, but belongs to what was; null for all.</param>
    private protected void Save<T>(
        KernelThingResolver<T> resolver, Func<T, string, BpfPinAccess?, BpfPin> pin, Func<T, bool>? isMeant = null) where T : class
    {
        foreach (var (thing, target, _) in References(resolver).Where(found => found.IsExplicit || isMeant?.Invoke(found.Thing) != false))
        {
            var place = PinPath!.EndsWith('/') ? PinPath + resolver.NameOf(thing) : PinPath;
            if (!ShouldProcess(place, $"Pin {resolver.Noun} {thing}"))
            {
                continue;
            }
            var made = Try(() => FileSystems.RequireBpf(this) ? pin(thing, place, BpfPinAccess.Parse(Mode, Owner)) : null, target);
            if (made is not null)
            {
                FileSystems.WarnOfPrivate(this, made.Path);
            }
            if (made is not null && PassThru)
            {
                WriteObject(made);
            }
        }
    }
}
