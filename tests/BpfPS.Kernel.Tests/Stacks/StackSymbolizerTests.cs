using BpfPS.Stacks;

namespace BpfPS.Kernel.Tests.Stacks;

public sealed class StackSymbolizerTests : IDisposable
{
    private readonly TargetFolder _folder = new();
    private readonly StackSymbolizer _symbolizer = new();

    public void Dispose()
    {
        _symbolizer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_innermost_address_is_exact_and_the_others_are_returned_to()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        var callLine = Array.FindIndex(File.ReadAllLines(_folder.Source), line => line.Contains("the call", StringComparison.Ordinal)) + 1;
        var address = process["return_address"];

        var stack = _symbolizer.Symbolize([address, address, process["main"] + 1, 0, 0], BpfStackKind.User, process.Id, 7);

        Assert.SkipUnless(new UserSymbols().HasLibDw, "this machine has no libdw.so.1 (Debian: libdw1)");
        Assert.Equal(["caller", "caller", "main"], stack.Frames.Select(frame => frame.Function));
        Assert.NotEqual(callLine, stack.Frames[0].SourceLine);
        Assert.Equal(callLine, stack.Frames[1].SourceLine);
        Assert.Equal(process.Id, stack.ProcessId);
        Assert.Equal(7, stack.Id);
    }

    [Fact]
    public void Stacks_that_share_addresses_share_frames()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        ulong[] addresses = [process["caller"], process["main"] + 4];

        var first = _symbolizer.Symbolize(addresses, BpfStackKind.User, process.Id);
        var second = _symbolizer.Symbolize(addresses, BpfStackKind.User, process.Id);

        Assert.Same(first.Frames[0], second.Frames[0]);
        Assert.Same(first.Frames[1], second.Frames[1]);
    }
}
