using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Maps of struct_ops: registering one puts its programs in the place of kernel functions.</summary>
internal static class StructOpsMaps
{
    private const string Linked = ".struct_ops.link";

    private static readonly Version s_linked = new(1, 2);
    private static readonly Version s_linkedInKernel = new(6, 4);

    /// <summary>A libbpf that does not know the section would leave the map out, and the kernel the programs.</summary>
    /// <exception cref="BpfException">The object needs a newer libbpf.</exception>
    public static void RequireKnown(ObjectFile file)
    {
        if (file.Types.Section(Linked) is not null && LibBpfLibrary.Version < s_linked)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"The object has operations in section '{Linked}', which libbpf knows since version {s_linked}; this system has {LibBpfLibrary.Version}.",
                "Install a newer libbpf1 package, or write SEC(\".struct_ops\").");
        }
    }

    /// <summary>Registers each of them.</summary>
    public static IEnumerable<(string Name, Attachment Attachment)> Attach(ObjectFile file)
    {
        foreach (var map in file.Maps().Where(map => TypeNames.Map((uint)LibBpf.bpf_map__type(map)) == "struct_ops"))
        {
            var name = ObjectFile.Text(LibBpf.bpf_map__name(map));
            var link = LibBpf.bpf_map__attach_struct_ops(map);
            if (link == 0)
            {
                var errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
                throw (BpfErrno)errno == BpfErrno.EINVAL && file.Types.Section(Linked) is not null
                    && Environment.OSVersion.Version < s_linkedInKernel
                    ? new BpfException(BpfErrorKind.NotSupported,
                        $"Registering struct_ops '{VisibleText.Escape(name)}': this kernel refuses it ({ErrnoText.Describe(errno)}).",
                        $"Operations have a link since Linux {s_linkedInKernel}; this is Linux {Environment.OSVersion.Version.ToString(2)}. SEC(\".struct_ops\") does without.", errno)
                    : (BpfErrno)errno == BpfErrno.EEXIST
                    ? new BpfException(BpfErrorKind.AlreadyExists,
                        $"Registering struct_ops '{VisibleText.Escape(name)}': one of that name is registered already.",
                        BpfRemedy.To(BpfAdvice.ClearOperations), errno)
                    : Errors.FromErrno(errno, $"Registering struct_ops '{VisibleText.Escape(name)}'");
            }
            yield return (name, new LinkAttachment(new BpfLinkHandle(link)));
        }
    }
}
