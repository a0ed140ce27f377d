using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Probes;

namespace BpfPS.Core.Tests.Probes;

/// <summary>The arguments of system calls are what their types and the manual say, and not what the formats say of them.</summary>
public class SystemCallArgumentTests
{
    private static readonly ProbeTypes s_types = Types();

    [Theory]
    // What the format says of an int is "size:8; signed:0;".
    [InlineData("int fd", "Number", 4, true)]
    [InlineData("unsigned int fd", "Number", 4, false)]
    [InlineData("unsigned fd", "Number", 4, false)]
    [InlineData("const int fd", "Number", 4, true)]
    [InlineData("pid_t pid", "Number", 4, true)]
    [InlineData("uid_t uid", "Number", 4, false)]
    [InlineData("umode_t mode", "FileMode", 2, false)]
    [InlineData("size_t count", "Number", 8, false)]
    [InlineData("loff_t pos", "Number", 8, true)]
    [InlineData("u32 mask", "Number", 4, false)]
    [InlineData("made_t x", "Number", 2, true)]
    [InlineData("enum colour x", "Number", 4, false)]
    [InlineData("const char * filename", "UserText", 8, false)]
    [InlineData("char * filename", "UserText", 8, false)]
    [InlineData("const char *const * argv", "UserTextList", 8, false)]
    [InlineData("struct stat * statbuf", "UserStruct", 8, false)]
    [InlineData("const struct iovec * vec", "UserStruct", 8, false)]
    [InlineData("header_t x", "UserStruct", 8, false)]
    [InlineData("set_t * x", "UserStruct", 8, false)]
    [InlineData("int * wstatus", "UserNumber", 8, true)]
    [InlineData("loff_t * off", "UserNumber", 8, true)]
    [InlineData("void * data", "Address", 8, false)]
    [InlineData("struct iocb * * iocbpp", "Address", 8, false)]
    [InlineData("unknown_t x", "Opaque", 8, false)]
    public void A_type_says_how_many_bytes_count_and_what_they_are(string declaration, string kind, int size, bool isSigned)
    {
        var argument = Assert.Single(Arguments("made", declaration));

        Assert.Equal((kind, (uint)size, isSigned, 16u), ($"{argument.Kind}", argument.Size, argument.IsSigned, argument.Offset));
    }

    [Theory]
    [InlineData("write", "const char * buf", "UserBytes", "count", false)]
    [InlineData("read", "char * buf", "UserBytes", "count", true)]
    [InlineData("getcwd", "char * buf", "UserText", "size", true)]
    [InlineData("readlinkat", "char * buf", "UserBytes", "bufsiz", true)]
    [InlineData("readlinkat", "const char * pathname", "UserText", null, false)]
    [InlineData("add_key", "const void * _payload", "UserBytes", "plen", false)]
    [InlineData("sethostname", "char * name", "UserBytes", "len", false)]
    [InlineData("connect", "struct sockaddr * uservaddr", "UserSocketAddress", "addrlen", false)]
    [InlineData("accept4", "struct sockaddr * upeer_sockaddr", "UserSocketAddress", "upeer_addrlen", true)]
    [InlineData("shmat", "char * shmaddr", "Address", null, false)]
    public void What_an_address_leads_to_is_known_by_the_call(string call, string declaration, string kind, string? length, bool isFilled)
    {
        var argument = Assert.Single(Arguments(call, declaration));

        Assert.Equal((kind, length, isFilled), ($"{argument.Kind}", argument.LengthArgument, argument.IsFilled));
    }

    [Fact]
    public void Flags_of_open_are_flags_of_open_and_others_are_numbers()
    {
        Assert.Equal(ArgumentKind.OpenFlags, Assert.Single(Arguments("openat", "int flags")).Kind);
        Assert.Equal(ArgumentKind.Number, Assert.Single(Arguments("linkat", "int flags")).Kind);
    }

    [Fact]
    public void The_number_of_the_call_and_what_newer_kernels_add_are_no_arguments()
    {
        var call = SystemCallProbe.Of(Format("sys_enter_newstat", "const char * filename", "__data_loc char[] __filename_val"),
            Format("sys_exit_newstat", "long ret"), s_types);

        Assert.Equal(["filename"], call.Arguments.Select(argument => argument.Name));
        Assert.Equal(("stat", "SystemCallResult", 16u, 8u, true),
            (call.Name, $"{call.Result.Kind}", call.Result.Offset, call.Result.Size, call.Result.IsSigned));
    }

    [Fact]
    public void A_call_that_returns_an_address_has_no_sign_in_it() =>
        Assert.Equal((ArgumentKind.AddressResult, false),
            (SystemCallArguments.Result("mmap", Format("sys_exit_mmap", "long ret")).Kind,
            SystemCallArguments.Result("mmap", Format("sys_exit_mmap", "long ret")).IsSigned));

    [Fact]
    public void A_return_without_a_result_is_an_error() =>
        Assert.Equal(BpfErrorKind.InvalidData,
            Assert.Throws<BpfException>(() => SystemCallArguments.Result("made", Format("sys_exit_made", "long other"))).Kind);

    private static IReadOnlyList<ProbeArgument> Arguments(string call, params string[] declarations) =>
        SystemCallArguments.Of(call, Format($"sys_enter_{call}", declarations), s_types);

    private static TracepointFormat Format(string name, params string[] declarations) => TracepointFormat.Parse("syscalls",
        $"name: {name}\nID: 1\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
        + "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
        + string.Concat(declarations.Select((declaration, index) => $"\tfield:{declaration};\toffset:{16 + index * 8};\t"
            + $"size:{(declaration.StartsWith("__data_loc", StringComparison.Ordinal) ? 4 : 8)};\tsigned:0;\n")));

    private static ProbeTypes Types()
    {
        var builder = new BtfBuilder();
        builder.Typedef("made_t", builder.Int("short", 2, signed: true));
        builder.Enum("colour", 4, false, ("RED", 0));
        var header = builder.Struct("header", 8);
        builder.Typedef("header_t", builder.Pointer(header));
        builder.Typedef("set_t", builder.Struct("", 8));
        var types = BtfTypes.Parse(builder.ToArray());
        return new(() => types);
    }
}
