using System.Runtime.InteropServices;
using BpfPS.Generation;
using BpfPS.Tracing;

namespace BpfPS.Core.Tests.Probes;

/// <summary>Where the notes of USDT probes say that arguments are, beside the places of registers in struct pt_regs of x86-64.</summary>
public class UsdtArgumentTests
{
    private const int Ax = 80, Bx = 40, Si = 104, Di = 112, R8 = 72, R10 = 56, Bp = 32, Sp = 152; // offsetof(struct pt_regs, ...)

    public UsdtArgumentTests() =>
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the registers are those of x86-64");

    [Theory]
    [InlineData("8@%rdi", Di, 8)]
    [InlineData("4@%edi", Di, 4)]
    [InlineData("2@%si", Si, 2)]
    [InlineData("1@%al", Ax, 1)]
    [InlineData("1@%ah", Ax + 1, 1)]
    [InlineData("1@%sil", Si, 1)]
    [InlineData("8@%r10", R10, 8)]
    [InlineData("4@%r8d", R8, 4)]
    [InlineData("2@%r8w", R8, 2)]
    [InlineData("1@%r8b", R8, 1)]
    public void A_register_is_the_bytes_of_it_that_count(string text, int offset, int size) =>
        Assert.Equal(new UsdtArgument(size, false, new ContextValue(offset, size)), Assert.Single(UsdtArgument.Parse(text)));

    [Fact]
    public void A_sign_is_kept() => Assert.Equal(new UsdtArgument(4, true, new SignedValue(new ContextValue(Ax, 4), 4)),
        Assert.Single(UsdtArgument.Parse("-4@%eax")));

    [Theory]
    [InlineData("8@$-9", -9)]
    [InlineData("4@$123", 123)]
    public void A_constant_is_itself(string text, long value) =>
        Assert.Equal(new KnownValue(value), Assert.Single(UsdtArgument.Parse(text)).Value);

    [Fact]
    public void Memory_is_read_at_a_register_with_or_without_more()
    {
        var arguments = UsdtArgument.Parse("8@-16(%rbp) 4@(%rsp) 8@8(%rax,%rbx,4) 2@3(%rdi,%r8)");

        Assert.Equal(
        [
            new UserMemoryValue(new MovedAddress(new ContextValue(Bp, 8), -16), 8),
            new UserMemoryValue(new MovedAddress(new ContextValue(Sp, 8), 0), 4),
            new UserMemoryValue(new IndexedAddress(new ContextValue(Ax, 8), new ContextValue(Bx, 8), 2, 8), 8),
            new UserMemoryValue(new IndexedAddress(new ContextValue(Di, 8), new ContextValue(R8, 8), 0, 3), 2),
        ], arguments.Select(argument => argument.Value));
    }

    [Theory]
    [InlineData("8f@%xmm0")]
    [InlineData("8@counter(%rip)")]
    [InlineData("8@%nothing")]
    public void What_no_program_can_read_has_no_value_but_keeps_its_place(string text)
    {
        Assert.Null(UsdtArgument.Parse($"{text} 8@%rdi")[0].Value);
        Assert.Equal(new ContextValue(Di, 8), UsdtArgument.Parse($"{text} 8@%rdi")[1].Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("no arguments")]
    public void Without_arguments_there_are_none(string text) => Assert.Empty(UsdtArgument.Parse(text));
}
