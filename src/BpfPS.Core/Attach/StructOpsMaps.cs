using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>struct_ops maps: registering one makes its programs implement kernel functions.</summary>
internal static class StructOpsMaps
{
    private const string Linked = ".struct_ops.link";

    // Sections that libbpf would pass over without a word, or misread, and the version that has known them since.
    private static readonly (string Section, Version Since, string Instead)[] s_newer =
    [
        (Linked, new(1, 2), ", or write SEC(\".struct_ops\")"), ("?.struct_ops", new(1, 4), ", or write SEC(\".struct_ops\")"),
        ("?.struct_ops.link", new(1, 4), ", or write SEC(\".struct_ops\")"), (".addr_space.1", new(1, 4), ""),
    ];

    private static readonly Version s_linkedInKernel = new(6, 4);

    /// <summary>Fails if libbpf does not know a section of data: it would silently skip the map.</summary>
    /// <exception cref="BpfException">The object needs a newer libbpf.</exception>
    public static void RequireKnown(ObjectFile file)
    {
        foreach (var (section, since, instead) in s_newer)
        {
            if (file.Types.Section(section) is not null && LibBpfLibrary.Version < since)
            {
                throw new BpfException(BpfErrorKind.NotSupported,
                    $"The object has {(section.Contains("struct_ops", StringComparison.Ordinal) ? "operations" : "variables")} in section "
                        + $"'{section}', which requires libbpf {since} or later. This system has libbpf {LibBpfLibrary.Version}.",
                    $"Install a newer libbpf1 package{instead}.");
            }
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
