using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs of a network namespace: sk_lookup, flow dissector.</summary>
internal sealed class NetworkNamespaceHook : ProgramHook
{
    private const string Named = "/run/netns";

    public override bool Takes(ProgramToAttach program) => program.Type is "sk_lookup" or "flow_dissector";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["NetworkNamespace"];

    public override void Check(ProgramToAttach program) => Open(program).Dispose();

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        using var target = Open(program);
        var type = program.Type == "sk_lookup" ? AttachTypes.SkLookup : AttachTypes.FlowDissector;
        var result = program.CreateLink((uint)target.Number, fill: request => request with { AttachType = type });
        yield return result >= 0 ? new DescriptorAttachment(new FileDescriptor(result))
            : throw HookErrors.From(program, result, $"network namespace {program.Options.NetworkNamespace ?? "of this process"}");
    }

    private static FileDescriptor Open(ProgramToAttach program)
    {
        var name = program.Options.NetworkNamespace;
        var path = name is null ? "/proc/self/ns/net"
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? $"/proc/{pid}/ns/net"
            : name.StartsWith('/') ? name : Path.Combine(Named, name);
        var result = name?.Contains('\0') == true ? -1 : Libc.open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (result >= 0)
        {
            return new FileDescriptor(result);
        }
        var errno = Marshal.GetLastPInvokeError();
        throw (BpfErrno)errno is BpfErrno.EACCES or BpfErrno.EPERM
            ? FileAccessRights.Error(errno, $"{program.Operation}: opening the network namespace '{VisibleText.Escape(name)}'", path,
                FileUse.Read, path.StartsWith("/proc/", StringComparison.Ordinal)
                    ? "The namespace of another user's process takes CAP_SYS_PTRACE: run the shell as root (sudo)." : null)
            : HookNames.Missing(program.Operation, "network namespace", name!, Directory.Exists(Named)
                ? Directory.EnumerateFiles(Named, "*", BpfFileSystem.Readable).Select(file => Path.GetFileName(file))
                : [], "Specify a name from 'ip netns list', a path, or a process id.", errno);
    }
}
