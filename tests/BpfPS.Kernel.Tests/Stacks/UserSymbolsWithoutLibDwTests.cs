using BpfPS.Stacks;

namespace BpfPS.Kernel.Tests.Stacks;

public sealed class UserSymbolsWithoutLibDwTests : IDisposable
{
    private readonly TargetFolder _folder = new();
    private readonly UserSymbols _symbols = new(8, useLibDw: false, TimeProvider.System);

    public void Dispose()
    {
        _symbols.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_frame_still_tells_the_file_and_the_very_byte_in_it()
    {
        var program = _folder.Compile("target");
        using var process = new TargetProcess(program);
        var frame = _symbols.Resolve(process.Id, process["caller"]);

        Assert.Null(frame.Function);
        Assert.Null(frame.ModuleAddress);
        Assert.Equal(program, frame.Module);
        Assert.Equal(Read($"/proc/{process.Id}/mem", process["caller"]), Read(program, frame.ModuleOffset!.Value));
    }

    [Fact]
    public void The_reason_names_the_package_to_install()
    {
        using var process = new TargetProcess(_folder.Compile("target"));

        Assert.Contains("install libdw1", _symbols.Resolve(process.Id, process["caller"]).Reason, StringComparison.Ordinal);
        Assert.False(_symbols.HasLibDw);
    }

    private static byte[] Read(string file, ulong offset)
    {
        var data = new byte[32];
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(data.Length, RandomAccess.Read(handle, data, (long)offset));
        return data;
    }
}
