using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>struct_ops maps: registering one makes its programs implement kernel functions.</summary>
internal static class StructOpsMaps
{
    private const string Linked = ".struct_ops.link";

    private static readonly Version s_linked = new(1, 2);
    private static readonly Version s_linkedInKernel = new(6, 4);

    /// <summary>Fails if libbpf does not know the section: it would silently skip the map.</summary>
    /// <exception cref="BpfException">The object needs a newer libbpf.</exception>
    public static void RequireKnown(ObjectFile file)
    {
        if (file.Types.Section(Linked) is not null && LibBpfLibrary.Version < s_linked)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"The object has operations in section '{Linked}', which requires libbpf {s_linked} or later. "
                    + $"This system has libbpf {LibBpfLibrary.Version}.",
                "Install a newer libbpf1 package, or write SEC(\".struct_ops\").");
        }
    }

    /// <summary>Registers every struct_ops map of an object.</summary>
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
                        $"Registering struct_ops '{VisibleText.Escape(name)}': this kernel rejected it ({ErrnoText.Describe(errno)}).",
                        $"Operations with a link require Linux {s_linkedInKernel} or later. This machine runs Linux "
                            + $"{Environment.OSVersion.Version.ToString(2)}. SEC(\".struct_ops\") does not need a link.", errno)
                    : (BpfErrno)errno == BpfErrno.EEXIST
                    ? new BpfException(BpfErrorKind.AlreadyExists,
                        $"Registering struct_ops '{VisibleText.Escape(name)}': operations with this name are already registered.",
                        BpfRemedy.To(BpfAdvice.ClearOperations), errno)
                    : Errors.FromErrno(errno, $"Registering struct_ops '{VisibleText.Escape(name)}'");
            }
            yield return (name, new LinkAttachment(new BpfLinkHandle(link)));
        }
    }
}
