using System.Runtime.CompilerServices;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>The compiled tools lie beside the module, not beside the tests.</summary>
internal static class ToolDirectory
{
    [ModuleInitializer]
    internal static void Set() => BpfTool.Directory = Path.GetDirectoryName(Repository.Tool("execsnoop"))!;
}
