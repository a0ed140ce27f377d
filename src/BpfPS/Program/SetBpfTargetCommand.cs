using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Set-BpfTarget: changes what a running program is restricted to.</summary>
[Cmdlet(VerbsCommon.Set, "BpfTarget", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject))]
public sealed class SetBpfTargetCommand : ReferenceCmdlet
{
    /// <summary>Processes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int[] ProcessId { get; set; } = [];

    /// <summary>Processes of this name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = [];

    /// <summary>Processes of these users, by name or id.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(UserCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] User { get; set; } = [];

    /// <summary>What is in these cgroups, and those below.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Cgroup { get; set; } = [];

    /// <summary>What is in the cgroups of these systemd units.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(UnitCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Unit { get; set; } = [];

    /// <summary>What is in these containers, by name or id.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Container { get; set; } = [];

    /// <summary>Everything.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Give what was changed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override IReferenceKind Kind => ObjectResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var targets = Require(Targets, null);
        foreach (var (obj, target, _) in References(ObjectResolver.Instance))
        {
            if (ShouldProcess(obj.Name, "Change what it is restricted to")
                && Try(() => { obj.Restrict(targets); return obj; }, target) is { } changed && PassThru)
            {
                WriteObject(changed);
            }
        }
    }

    private BpfTargets Targets()
    {
        var targets = new TargetOptions
        {
            ProcessId = ProcessId, Command = Command, User = User, Cgroup = Cgroup, Unit = Unit, Container = Container,
        }.Read();
        return targets.IsEmpty == All ? targets : throw new BpfException(BpfErrorKind.InvalidArgument,
            All ? "-All and something that it is restricted to cannot both be meant." : "Nothing says what it is to be restricted to.",
            "Specify -ProcessId, -Command, -User, -Cgroup, -Unit or -Container, or -All for everything.");
    }
}
