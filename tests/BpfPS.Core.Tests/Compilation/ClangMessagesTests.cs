using BpfPS.Compilation;

namespace BpfPS.Core.Tests.Compilation;

public sealed class ClangMessagesTests
{
    // As clang 14 wrote them.
    private const string Messages = """
        In file included from /src/a.bpf.c:1:
        /src/mine.h:1:12: warning: unused function 'f' [-Wunused-function]
        static int f(void) { return 1; }
                   ^
        /src/a.bpf.c:5:8: warning: using the result of an assignment as a condition without parentheses [-Wparentheses]
                if (a = 2)
                    ~~^~~
        /src/a.bpf.c:5:8: note: place parentheses around the assignment to silence this warning
                if (a = 2)
                      ^
                    (    )
        /src/a.bpf.c:5:8: note: use '==' to turn this assignment into an equality comparison
                if (a = 2)
                      ^
                      ==
        /src/a.bpf.c:9:1: error: unknown type name 'unknown_t'
        unknown_t x;
        ^
        2 warnings and 1 error generated.

        """;

    [Fact]
    public void Each_message_is_one_with_its_notes_and_lines()
    {
        var all = ClangMessages.Read(Messages);

        Assert.Equal(["/src/mine.h:1:12: warning: unused function 'f' [-Wunused-function]",
            "/src/a.bpf.c:5:8: warning: using the result of an assignment as a condition without parentheses [-Wparentheses]",
            "/src/a.bpf.c:9:1: error: unknown type name 'unknown_t'"],
            all.Select(diagnostic => diagnostic.ToString()));
        Assert.Equal([0, 2, 0], all.Select(diagnostic => diagnostic.Notes.Count));
        Assert.Equal([false, false, true], all.Select(diagnostic => diagnostic.IsError));
        Assert.Equal("static int f(void) { return 1; }\n           ^", all[0].Excerpt);
        Assert.EndsWith("==", all[1].Notes[1].Excerpt, StringComparison.Ordinal);
        Assert.Equal("unknown_t x;\n^", all[2].Excerpt);
    }

    [Fact]
    public void Later_versions_number_the_lines()
    {
        var diagnostic = Assert.Single(ClangMessages.Read("/src/a.c:4:6: warning: unused variable 'spare' [-Wunused-variable]\n"
            + "    4 |         int spare = 1;\n      |             ^~~~~\n1 warning generated.\n"));

        Assert.Equal("    4 |         int spare = 1;\n      |             ^~~~~", diagnostic.Excerpt);
    }

    [Theory]
    [InlineData("error: unable to create target: 'No available targets are compatible with triple \"bpf\"'", "error",
        "unable to create target: 'No available targets are compatible with triple \"bpf\"'")]
    [InlineData("clang-14: error: no such file or directory: 'x.c'", "error", "no such file or directory: 'x.c'")]
    [InlineData("clang: warning: argument unused during compilation: '-x' [-Wunused-command-line-argument]", "warning",
        "argument unused during compilation: '-x'")]
    [InlineData("fatal error: error in backend: Cannot select: t1", "fatal error", "error in backend: Cannot select: t1")]
    public void What_is_about_no_file_is_read_too(string line, string severity, string message)
    {
        var diagnostic = Assert.Single(ClangMessages.Read($"{line}\n"));

        Assert.Equal((null, null, severity, message), (diagnostic.File, diagnostic.Line, diagnostic.Severity, diagnostic.Message));
    }

    [Fact]
    public void A_name_with_colons_and_escape_characters_is_a_name()
    {
        var diagnostic = Assert.Single(ClangMessages.Read("/a: b:7/\u001b[31mx.c:3:4: error: no: really\n"));

        Assert.Equal(("/a: b:7/\u001b[31mx.c", 3, "no: really"), (diagnostic.File, diagnostic.Line, diagnostic.Message));
        Assert.DoesNotContain('\u001b', diagnostic.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("2 warnings generated.\n")]
    [InlineData("PLEASE submit a bug report\n")]
    public void What_is_no_message_is_none(string text) => Assert.Empty(ClangMessages.Read(text));
}
