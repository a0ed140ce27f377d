using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Every kind of cgroup program: they see what the processes in a cgroup send, receive, open or set.</summary>
internal sealed class CgroupHook : ProgramHook
{
    private const uint AllowOverride = 1; // BPF_F_ALLOW_OVERRIDE

    private const string RootByDefault = "bpfps:default=root-cgroup"; // BPFPS_ROOT_CGROUP of bpfps.h

    private static readonly string[] s_types = ["cgroup_skb", "cgroup_sock", "cgroup_device", "cgroup_sock_addr", "cgroup_sysctl",
        "cgroup_sockopt", "sock_ops"];

    public override bool Takes(ProgramToAttach program) =>
        s_types.Contains(program.Type) || program.Type == "lsm" && program.AttachType == AttachTypes.LsmCgroup;

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) =>
    [
        "Cgroup", "CgroupMode",
        .. program.Section == "cgroup/skb" ? ["Direction"] : Array.Empty<string>(),
        .. program.Type == "lsm" ? ["Target"] : Array.Empty<string>(),
    ];

    public override void Declare(ProgramToAttach program) => SectionHook.Bind(program);

    public override void Check(ProgramToAttach program)
    {
        var paths = Paths(program);
        if (paths.Count == 0)
        {
            throw program.Missing("cgroup",
                BpfRemedy.With($"Specify one with {BpfOption.Cgroup}: a path below /sys/fs/cgroup, or a path from /proc/PID/cgroup."));
        }
        TypeOf(program);
        foreach (var path in paths)
        {
            Open(program, path).Dispose();
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        // Two paths may lead to the same cgroup.
        var paths = Paths(program).Select(EntryReferences.CgroupPath).Distinct().ToArray();
        for (var i = 0; i < paths.Length; i++)
        {
            var path = paths[i];
            var suffix = paths.Length == 1 ? "" : $"_{i}";
            using var cgroup = Open(program, path);
            yield return program.Options.CgroupMode == BpfCgroupMode.Multi ? ByLink(program, cgroup, path, suffix)
                : ByCall(program, cgroup, path, suffix);
        }
    }

    /// <summary>The cgroups to attach to: those that are specified, or else all of them, if the program itself says so.</summary>
    private static IReadOnlyList<string> Paths(ProgramToAttach program) =>
        program.Options.Cgroups.Count > 0 || !program.File.TagsOf(program.Name).Contains(RootByDefault) ? program.Options.Cgroups
            : [CgroupTree.RequireRoot()];

    private static BpfException Failed(ProgramToAttach program, int result, string path)
    {
        // The kernel returns EPERM if a program of this cgroup, or of one above, does not allow others next to or below it.
        if (result == -(int)BpfErrno.EPERM && (Privileges.Has(Capability.NetAdmin) || Privileges.Has(Capability.SysAdmin)))
        {
            return new BpfException(BpfErrorKind.AlreadyExists,
                $"{program.Operation} to cgroup {VisibleText.Escape(path)}: this cgroup, or one above it, already has a program "
                    + $"that does not allow others ({ErrnoText.Describe(-result)}).",
                BpfRemedy.With($"All programs of a cgroup must have the same {BpfOption.CgroupMode}.", BpfAdvice.ListCgroupLinks), -result);
        }
        return HookErrors.From(program, result, $"cgroup {path}");
    }

    private static DescriptorAttachment ByLink(ProgramToAttach program, FileDescriptor cgroup, string path, string suffix)
    {
        var result = program.CreateLink((uint)cgroup.Number, fill: request => request with { AttachType = TypeOf(program) });
        return result >= 0 ? new DescriptorAttachment(new FileDescriptor(result), suffix) : throw Failed(program, result, path);
    }

    private static DetachedByCall ByCall(ProgramToAttach program, FileDescriptor cgroup, string path, string suffix)
    {
        // Without Multi the kernel silently replaces an attached program, no matter who attached it.
        if (ProgramQuery.OfDescriptor(cgroup, TypeOf(program)) is [var there, ..])
        {
            throw new BpfException(BpfErrorKind.AlreadyExists,
                $"{program.Operation} to cgroup {VisibleText.Escape(path)}: program {there.ProgramId} is already attached there, "
                    + $"and the mode {program.Options.CgroupMode} allows only one.",
                BpfRemedy.To(BpfAdvice.Detach), (int)BpfErrno.EEXIST);
        }
        var result = LibBpf.bpf_prog_attach(program.Descriptor, cgroup.Number, (int)TypeOf(program),
            program.Options.CgroupMode == BpfCgroupMode.Override ? AllowOverride : 0);
        if (result < 0)
        {
            throw Failed(program, result, path);
        }
        return ProgramCalls.DetachLater(program, cgroup, TypeOf(program), suffix);
    }

    /// <summary>The attach type: the section determines it, except that "cgroup/skb" does not name a direction.</summary>
    private static uint TypeOf(ProgramToAttach program) => (program.Section, program.Options.Direction) switch
    {
        ("cgroup/skb", null) => throw program.Missing("direction",
            BpfRemedy.With($"Specify {BpfOption.Direction} Ingress or Egress, or name the section cgroup_skb/ingress or "
                + $"cgroup_skb/egress.")),
        ("cgroup/skb", BpfTrafficDirection.Egress) => AttachTypes.CgroupEgress,
        ("cgroup/skb", _) => AttachTypes.CgroupIngress,
        _ => program.AttachType,
    };

    private static FileDescriptor Open(ProgramToAttach program, string path)
    {
        try
        {
            return EntryReferences.OpenCgroup(path);
        }
        catch (BpfException e) when (e.Kind == BpfErrorKind.NotFound)
        {
            // The known names start at the root of the cgroups, so strip the root from the path as well.
            var name = CgroupTree.Root is { } root && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path;
            throw HookNames.Missing(program.Operation, "cgroup", name.Trim('/'), CgroupTree.Names(),
                CgroupTree.Root is null
                    ? "cgroup2 is not mounted. Mount it: mount -t cgroup2 none /sys/fs/cgroup."
                    : "The cgroups are the directories below the cgroup2 mount point.");
        }
    }
}
