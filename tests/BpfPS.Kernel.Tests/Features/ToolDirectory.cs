using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>While it lives, the engine finds the shipped objects where the build puts them.</summary>
internal sealed class ToolDirectory : IDisposable
{
    private readonly string _before = BpfTool.Directory;

    public ToolDirectory() => BpfTool.Directory = Path.GetDirectoryName(Repository.Tool("feature"))!;

    public void Dispose() => BpfTool.Directory = _before;
}
