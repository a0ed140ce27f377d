namespace BpfPS.Core.Tests.Stacks;

public class BpfStackFrameTests
{
    [Fact]
    public void A_named_frame_reads_as_function_offset_and_module() =>
        Assert.Equal("main+0x1a [/usr/bin/app]",
            new BpfStackFrame { Address = 1, Function = "main", Offset = 0x1a, Module = "/usr/bin/app" }.ToString());

    [Fact]
    public void A_nameless_frame_reads_as_its_address() =>
        Assert.Equal("0x00007f0000001234 [/lib/a.so]",
            new BpfStackFrame { Address = 0x7f0000001234, Module = "/lib/a.so", Reason = "stripped" }.ToString());

    [Fact]
    public void A_frame_without_anything_reads_as_its_address_alone() =>
        Assert.Equal("0x0000000000000001", new BpfStackFrame { Address = 1 }.ToString());

    [Fact]
    public void A_name_of_the_kernels_in_brackets_gets_no_second_pair() =>
        Assert.Equal("__vdso_time+0x0 [vdso]",
            new BpfStackFrame { Address = 1, Function = "__vdso_time", Offset = 0, Module = "[vdso]" }.ToString());

    [Theory]
    [InlineData("\x1b[31m", "\\e[31m")]
    [InlineData("a\nb\rc\td", "a\\nb\\rc\\td")]
    [InlineData("\0", "\\x00")]
    [InlineData("\x7f\x9b", "\\x7f\\x9b")]
    [InlineData("txt.\u202eexe", "txt.\\u202eexe")]
    [InlineData("\u2028\u2029\u200b", "\\u2028\\u2029\\u200b")]
    [InlineData("größe_😀", "größe_😀")]
    public void What_a_terminal_would_act_on_is_escaped_when_shown_and_kept_in_the_object(string name, string shown)
    {
        var frame = new BpfStackFrame { Address = 1, Function = name, Offset = 2, Module = name };

        Assert.Equal($"{shown}+0x2 [{shown}]", frame.ToString());
        Assert.Equal(name, frame.Function);
    }

    // Not in the list above: an attribute cannot hold half a character.
    [Fact]
    public void Half_a_character_is_escaped_too() =>
        Assert.Equal("\\ud800+0x0", new BpfStackFrame { Address = 1, Function = "\ud800", Offset = 0 }.ToString());
}
