using System.Runtime.InteropServices;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>
/// The flags of open() by name, as an enum of this machine's architecture (fcntl.h of Linux): Arm has other numbers for four of them.
/// </summary>
internal static class OpenFlagNames
{
    private static BtfEnum? s_enum;

    /// <summary>The enum.</summary>
    public static BtfEnum Enum => s_enum ??= new BtfEnum(0, BtfKind.Enum, "open_flags", sizeof(int), false,
    [
        Flag("O_RDONLY", 0), Flag("O_WRONLY", 1), Flag("O_RDWR", 2), Flag("O_CREAT", 0x40), Flag("O_EXCL", 0x80), Flag("O_NOCTTY", 0x100),
        Flag("O_TRUNC", 0x200), Flag("O_APPEND", 0x400), Flag("O_NONBLOCK", 0x800), Flag("O_DSYNC", 0x1000), Flag("FASYNC", 0x2000),
        .. RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? (IEnumerable<KeyValuePair<string, long>>)[Flag("O_DIRECTORY", 0x4000), Flag("O_NOFOLLOW", 0x8000), Flag("O_DIRECT", 0x10000),
                Flag("O_LARGEFILE", 0x20000)]
            : [Flag("O_DIRECT", 0x4000), Flag("O_LARGEFILE", 0x8000), Flag("O_DIRECTORY", 0x10000), Flag("O_NOFOLLOW", 0x20000)],
        Flag("O_NOATIME", 0x40000), Flag("O_CLOEXEC", 0x80000), Flag("O_PATH", 0x200000), Flag("O_SYNC", 0x101000),
        Flag("O_TMPFILE", 0x400000),
    ]);

    private static KeyValuePair<string, long> Flag(string name, long value) => KeyValuePair.Create(name, value);
}
