using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS.Host;

/// <summary>Passes the enums of the running kernel to the records.</summary>
internal static class KernelEnumNames
{
    /// <summary>Runs when the engine is loaded. The kernel's BTF is read only when an enum is asked for.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255",
        Justification = "The engine has many entry points, and the names must be known before any of them is called.")]
    internal static void HandIn() => KernelEnums.Find = KernelBtf.Find<BtfEnum>;
}
