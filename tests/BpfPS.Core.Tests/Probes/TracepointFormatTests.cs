using BpfPS.Btf;
using BpfPS.Probes;

namespace BpfPS.Core.Tests.Probes;

/// <summary>The format files of tracepoints become fields.</summary>
public class TracepointFormatTests
{
    private const string Head = "name: sample\nID: 372\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
        + "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";

    [Fact]
    public void A_format_has_its_name_number_fields_and_print_text()
    {
        var format = TracepointFormat.Parse("made", Head + "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n\n"
            + "print fmt: \"comm=%s\", REC->comm\n");

        Assert.Equal(("made", "sample", 372u, "\"comm=%s\", REC->comm"), (format.Subsystem, format.Name, format.Id, format.PrintText));
        Assert.Equal(["common_type True", "common_pid True", "comm False"],
            format.Fields.Select(field => $"{field.Name} {field.IsCommon}"));
        Assert.Equal(new TracepointField("common_pid", "int", 4, 4, true, 0, false, false, false, true), format.Fields[1]);
    }

    [Theory]
    [InlineData("pid_t prev_pid", "prev_pid", "pid_t", 0, false, false, false)]
    [InlineData("const char * filename", "filename", "const char *", 0, false, false, false)]
    [InlineData("const char *name", "name", "const char *", 0, false, false, false)]
    [InlineData("const void* x", "x", "const void*", 0, false, false, false)]
    [InlineData("struct iocb * * iocbpp", "iocbpp", "struct iocb * *", 0, false, false, false)]
    [InlineData("char comm[16]", "comm", "char", 16, true, false, false)]
    [InlineData("unsigned long args[6]", "args", "unsigned long", 6, true, false, false)]
    [InlineData("char comm[TASK_COMM_LEN]", "comm", "char", 0, true, false, false)]
    [InlineData("char buf[]", "buf", "char", 0, true, false, false)]
    [InlineData("__data_loc char[] name", "name", "char", 0, true, true, false)]
    [InlineData("__data_loc cpumask_t cpumask", "cpumask", "cpumask_t", 0, false, true, false)]
    [InlineData("__rel_loc char[] name", "name", "char", 0, true, false, true)]
    [InlineData("enum zone_type idx", "idx", "enum zone_type", 0, false, false, false)]
    public void A_declaration_is_taken_apart(string declaration, string name, string type, int count, bool isArray, bool isDataLoc,
        bool isRelLoc)
    {
        var format = TracepointFormat.Parse("made", $"{Head}\tfield:{declaration};\toffset:8;\tsize:16;\tsigned:1;\n");

        Assert.Equal(new TracepointField(name, type, 8, 16, true, (uint)count, isArray, isDataLoc, isRelLoc, false), format.Fields[^1]);
    }

    [Fact]
    public void Kernels_before_the_word_signed_have_fields_too() =>
        Assert.False(TracepointFormat.Parse("made", Head + "\tfield:int x;\toffset:8;\tsize:4;\n").Fields[^1].IsSigned);

    [Theory]
    [InlineData("")]
    [InlineData("name: sample\n")]
    [InlineData("name: sample\nID: x\n")]
    [InlineData("name: sample\nID: 1\n\tfield:int x;\toffset:;\tsize:4;\tsigned:1;\n")]
    [InlineData("name: sample\nID: 1\n\tfield:;\toffset:8;\tsize:4;\tsigned:1;\n")]
    [InlineData("name: sample\nID: 1\n\tfield:int x;\toffset:99999999999;\tsize:4;\tsigned:1;\n")]
    public void What_is_not_a_format_is_an_error(string text)
    {
        var error = Assert.Throws<BpfException>(() => TracepointFormat.Parse("made", text));

        Assert.Equal(BpfErrorKind.InvalidData, error.Kind);
    }

    [Fact]
    public void Damaged_formats_and_print_formats_never_fail_in_another_way()
    {
        const string whole = Head + "\tfield:u64 x;\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: \"%s %d:%d %pI4\", "
            + "__print_flags(REC->x & ~(1UL << 3), \"|\", { (1UL << 2), \"a\\\"b\" }, { ( int)(0x4), \"c\" }) ? \"y\" : \"n\", "
            + "((unsigned int) ((REC->x) >> 20)), __print_symbolic(REC->x, {1, \"one\"}), REC->x";
        var random = new Random(20_261);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = whole.ToCharArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = "(){}[]\",;:&|~<>*-+0x \\\n"[random.Next(23)];
            }
            try
            {
                var format = TracepointFormat.Parse("made", new string(text)[..random.Next(text.Length)]);
                Assert.NotNull(TracepointArguments.Of(format, new ProbeTypes(() => BtfTypes.None)));
                read++;
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.InvalidData)
            {
                continue;
            }
        }
        Assert.InRange(read, 1_000, 19_999);
    }
}
