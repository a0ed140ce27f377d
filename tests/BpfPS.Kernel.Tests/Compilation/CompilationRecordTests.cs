using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Compilation;

/// <summary>
/// Whether the compiler is started at all. The witness is a compiler that writes a line for each of its starts, and then is the
/// system's.
/// </summary>
public sealed class CompilationRecordTests : IClassFixture<NothingLeft>, IDisposable
{
    private static readonly DateTime s_longAgo = DateTime.UtcNow.AddHours(-1);

    private readonly CompileDirectory _place = new();
    private readonly string _first;
    private readonly string _second;
    private readonly string _compiler;
    private readonly string _source;

    public CompilationRecordTests()
    {
        _first = Directory.CreateDirectory(Path.Combine(_place.Path, "first")).FullName;
        _second = Directory.CreateDirectory(Path.Combine(_place.Path, "second")).FullName;
        _compiler = Path.Combine(_place.Path, "clang-that-counts");
        File.WriteAllText(_compiler, $"#!/bin/sh\necho \"$*\" >>'{Log}'\nexec {BpfCompiler.CompilerNames[0]} \"$@\"\n");
        File.SetUnixFileMode(_compiler, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _source = Path.Combine(Directory.CreateDirectory(Path.Combine(_place.Path, "own")).FullName, "source.bpf.c");
        Write(_source, "#include \"number.h\"\nint number = NUMBER;\n");
        Write(Path.Combine(_second, "number.h"), "#define NUMBER 1\n");
    }

    private string Log => Path.Combine(_place.Path, "starts");

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Nothing_is_started_for_a_source_and_headers_that_are_as_they_were()
    {
        CompileDirectory.Require();
        var first = Compile();
        var starts = Starts();
        var second = Compile();

        Assert.True(starts > 0);
        Assert.Equal(starts, Starts());
        Assert.Equal((first.FilePath, first.CommandLine, true), (second.FilePath, second.CommandLine, second.FromCache));
    }

    [Fact]
    public void A_header_that_was_touched_is_looked_at_and_the_object_is_still_known()
    {
        CompileDirectory.Require();
        var first = Compile();
        var starts = Starts();
        File.SetLastWriteTimeUtc(Path.Combine(_second, "number.h"), s_longAgo.AddMinutes(1));
        var second = Compile();

        Assert.Equal(starts + 1, Starts()); // the preprocessor
        Assert.Equal((first.FilePath, true), (second.FilePath, second.FromCache));
    }

    [Fact]
    public void A_header_of_another_content_and_the_same_time_and_size_was_written_too_lately_to_be_trusted()
    {
        CompileDirectory.Require();
        var header = Path.Combine(_second, "number.h");
        var now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(header, now);
        Assert.Equal(1, Number(Compile()));
        File.WriteAllText(header, "#define NUMBER 2\n");
        File.SetLastWriteTimeUtc(header, now);

        Assert.Equal(2, Number(Compile()));
    }

    [Fact]
    public void A_new_header_in_an_earlier_directory_is_found()
    {
        CompileDirectory.Require();
        Assert.Equal(1, Number(Compile()));
        Write(Path.Combine(_first, "number.h"), "#define NUMBER 3\n");

        Assert.Equal(3, Number(Compile()));
    }

    [Fact]
    public void A_new_header_in_a_folder_that_an_earlier_directory_did_not_have_is_found()
    {
        CompileDirectory.Require();
        Write(_source, "#include <parts/number.h>\nint number = NUMBER;\n");
        Directory.CreateDirectory(Path.Combine(_second, "parts"));
        Write(Path.Combine(_second, "parts/number.h"), "#define NUMBER 1\n");
        Assert.Equal(1, Number(Compile()));
        Directory.CreateDirectory(Path.Combine(_first, "parts"));
        Write(Path.Combine(_first, "parts/number.h"), "#define NUMBER 4\n");

        Assert.Equal(4, Number(Compile()));
    }

    [Theory]
    [InlineData("#if __has_include(\"/proc/self/stat\")\n#endif\n")]
    [InlineData("static const char time[] = __TIME__;\n")]
    public void What_no_time_stamp_proves_is_looked_at_each_time(string text)
    {
        CompileDirectory.Require();
        Write(_source, $"#include \"number.h\"\n{text}int number = NUMBER;\n");
        Compile();
        var starts = Starts();
        Compile();

        Assert.True(Starts() > starts);
    }

    [Fact]
    public void An_object_that_is_gone_from_the_cache_is_made_again()
    {
        CompileDirectory.Require();
        File.Delete(Compile().FilePath);

        Assert.Equal(1, Number(Compile()));
    }

    [Fact]
    public void Other_definitions_are_another_object()
    {
        CompileDirectory.Require();
        Write(_source, "#ifndef NUMBER\n#include \"number.h\"\n#endif\nint number = NUMBER;\n");

        Assert.Equal((1, 5, 1), (Number(Compile()), Number(Compile("5")), Number(Compile())));
    }

    private BpfCompilation Compile(string? number = null) => BpfCompiler.Compile(_source, new BpfCompileOptions
    {
        Compiler = _compiler,
        IncludeDirectories = [_first, _second],
        Definitions = number is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["NUMBER"] = number },
    });

    private int Starts() => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    /// <summary>The object's global variable: the first four bytes of its data, as readelf shows them.</summary>
    private static int Number(BpfCompilation compilation)
    {
        var row = Command.Output("readelf", "-x", ".data", compilation.FilePath).Split('\n').First(line => line.Trim().StartsWith("0x", StringComparison.Ordinal));
        return BitConverter.ToInt32(Convert.FromHexString(row.Trim().Split(' ')[1]));
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, s_longAgo);
    }
}
