using BpfPS.Native;

namespace BpfPS;

/// <summary>Maps of struct_ops: registering one puts its programs in the place of kernel functions.</summary>
internal static class StructOpsMaps
{
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
                throw (BpfErrno)errno == BpfErrno.EEXIST
                    ? new BpfException(BpfErrorKind.AlreadyExists, $"Registering struct_ops '{RecordText.Escape(name)}': one of that name is registered already.", "Clear-BpfMap takes the one that is there out of use.", errno)
                    : Errors.FromErrno(errno, $"Registering struct_ops '{RecordText.Escape(name)}'");
            }
            yield return (name, new LinkAttachment(new BpfLinkHandle(link)));
        }
    }
}
