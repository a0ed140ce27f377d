using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Checks that the system has libbpf and that it is new enough.</summary>
internal static class LibBpfLibrary
{
    private static Version? _version;

    /// <summary>The version of the loaded libbpf. Without libbpf, the error names the package to install.</summary>
    public static Version Version => _version ??= Load();

    /// <summary>Must be called before any other function of libbpf.</summary>
    public static void Require() => _ = Version;

    private static Version Load()
    {
        if (!NativeLibrary.TryLoad(LibBpf.Library, typeof(LibBpf).Assembly, null, out _))
        {
            throw new BpfException(BpfErrorKind.DependencyMissing, $"{LibBpf.Library} is not installed on this system.",
                "Install it: 'apt install libbpf1' on Debian and Ubuntu, 'dnf install libbpf' on Fedora and RHEL,"
                + " 'zypper install libbpf1' on SUSE.");
        }
        var version = new Version((int)LibBpf.libbpf_major_version(), (int)LibBpf.libbpf_minor_version());
        if (version < new Version(1, 1))
        {
            throw new BpfException(BpfErrorKind.DependencyMissing,
                $"This system has libbpf {version}, but BpfPS needs libbpf 1.1 or later.",
                "Install a newer libbpf1 package.");
        }
        LibBpfMessages.Attach();
        return version;
    }
}
