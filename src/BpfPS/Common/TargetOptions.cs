using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>What a program is restricted to, from the parameters that say so, which have the same names everywhere.</summary>
internal sealed record TargetOptions
{
    /// <summary>-ProcessId.</summary>
    public int[] ProcessId { get; init; } = [];

    /// <summary>-IncludeChildren.</summary>
    public bool IncludeChildren { get; init; }

    /// <summary>-Command.</summary>
    public string[] Command { get; init; } = [];

    /// <summary>-User: names or ids.</summary>
    public string[] User { get; init; } = [];

    /// <summary>-Cgroup.</summary>
    public string[] Cgroup { get; init; } = [];

    /// <summary>-Unit.</summary>
    public string[] Unit { get; init; } = [];

    /// <summary>-Container.</summary>
    public string[] Container { get; init; } = [];

    /// <summary>What they mean on this machine.</summary>
    /// <exception cref="BpfException">
    /// There is no such user, unit or container, or -IncludeChildren has no process to begin with.
    /// </exception>
    public BpfTargets Read() => IncludeChildren && ProcessId.Length == 0
        ? throw new BpfException(BpfErrorKind.InvalidArgument, "-IncludeChildren says nothing without a process to begin with.",
            "Name it with -ProcessId.")
        : new BpfTargets
        {
            Processes = [.. ProcessId.Select(id => (uint)id)], IncludeChildren = IncludeChildren, Commands = Command,
            Users = [.. User.Select(Id)],
            Cgroups = [.. Cgroup, .. Unit.SelectMany(CgroupTree.OfUnit), .. Container.Select(one => ContainerNames.Here.Find(one))],
        };

    private static uint Id(string user) => uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : UserNames.UserId(user) ?? throw new BpfException(BpfErrorKind.NotFound, $"There is no user '{VisibleText.Escape(user)}'.",
            "Specify a name from /etc/passwd, or the user's id as a number.");
}
