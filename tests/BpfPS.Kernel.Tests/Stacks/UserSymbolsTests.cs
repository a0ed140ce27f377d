using System.Globalization;
using BpfPS.Stacks;

namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>Symbols of live processes against nm and addr2line of binutils, which share no code with libdw.</summary>
public sealed class UserSymbolsTests : IDisposable
{
    private static readonly string[] s_functions = ["first_function", "local_function", "caller", "main"];

    private readonly TargetFolder _folder = new();
    private readonly UserSymbols _symbols = new();

    public UserSymbolsTests() => Assert.SkipUnless(_symbols.HasLibDw, "this machine has no libdw.so.1 (Debian: libdw1)");

    public void Dispose()
    {
        _symbols.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-pie", "-fPIE")]
    [InlineData("-no-pie", "-fno-pie")]
    [InlineData("-gdwarf-4", "-fPIE")]
    public void Functions_and_lines_are_those_that_nm_and_addr2line_give(params string[] options)
    {
        var program = _folder.Compile("target", options);
        using var process = new TargetProcess(program);

        CheckAgainstBinutils(process, program);
    }

    [Fact]
    public void Lines_are_found_without_the_aranges_that_clang_leaves_out()
    {
        var program = _folder.Compile("target");
        Commands.Run("objcopy", "--remove-section", ".debug_aranges", program);
        using var process = new TargetProcess(program);

        CheckAgainstBinutils(process, program);
    }

    [Fact]
    public void A_return_address_is_looked_up_in_the_call_and_an_exact_one_where_it_is()
    {
        var program = _folder.Compile("target");
        using var process = new TargetProcess(program);
        var callLine = Array.FindIndex(File.ReadAllLines(_folder.Source), line => line.Contains("the call", StringComparison.Ordinal)) + 1;
        var address = process["return_address"];

        var call = _symbols.Resolve(process.Id, address, isExact: false);
        var after = _symbols.Resolve(process.Id, address, isExact: true);

        Assert.Equal("caller", call.Function);
        Assert.Equal(address, call.Address);
        Assert.Equal(address - process["caller"], call.Offset);
        Assert.Equal(callLine, call.SourceLine);
        Assert.NotEqual(callLine, after.SourceLine);
        Assert.Equal(call.ModuleAddress, after.ModuleAddress);
    }

    [Fact]
    public void A_function_of_the_C_library_has_one_of_the_names_that_nm_gives()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        var frame = _symbols.Resolve(process.Id, process["qsort"] + 1);

        Assert.Contains("libc", frame.Module, StringComparison.Ordinal);
        Assert.Contains(frame.Function, NamesAt(frame.Module!, frame.ModuleAddress!.Value - frame.Offset!.Value, "-D"));
        Assert.Equal(1ul, frame.Offset);
    }

    [Fact]
    public void A_function_of_the_vDSO_has_the_name_that_nm_finds_in_its_memory()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        var start = process["vdso"];
        var copy = Path.Join(_folder.Path, "vdso.so");
        File.WriteAllBytes(copy, ReadMemory(process.Id, start, VdsoSize(process.Id)));
        var function = Commands.Lines("nm", "-D", "--defined-only", copy).Select(line => line.Split(' '))
            .First(fields => fields[1] is "T" or "W" && fields[2].StartsWith("__vdso", StringComparison.Ordinal));

        var frame = _symbols.Resolve(process.Id, start + Hex(function[0]) + 1);

        Assert.Equal("[vdso]", frame.Module);
        Assert.Contains(frame.Function, NamesAt(copy, Hex(function[0]), "-D"));
    }

    [Fact]
    public void A_library_that_is_loaded_later_is_noticed()
    {
        var library = _folder.CompileLibrary("later.so");
        using var process = new TargetProcess(_folder.Compile("target"));
        Assert.Equal("main", _symbols.Resolve(process.Id, process["main"]).Function);

        var address = process.OpenLibrary(library, "library_function");
        Thread.Sleep(150); // the maps are read at most ten times a second
        var frame = _symbols.Resolve(process.Id, address + 2);

        Assert.Equal("library_function", frame.Function);
        Assert.Equal(library, frame.Module);
        Assert.Equal("main", _symbols.Resolve(process.Id, process["main"]).Function);
    }

    [Fact]
    public void A_program_that_was_deleted_while_it_runs_still_has_its_names()
    {
        var program = _folder.Compile("target");
        using var process = new TargetProcess(program);
        File.Delete(program);
        var frame = _symbols.Resolve(process.Id, process["caller"]);

        Assert.Equal("caller", frame.Function);
        Assert.Equal($"{program} (deleted)", frame.Module);
    }

    [Fact]
    public void A_program_that_was_replaced_while_it_runs_has_its_own_names_and_not_those_of_its_successor()
    {
        var program = _folder.Compile("target");
        var successor = _folder.CompileLibrary("successor");
        using var process = new TargetProcess(program);
        File.Move(successor, program, overwrite: true);

        Assert.Equal("caller", _symbols.Resolve(process.Id, process["caller"]).Function);
    }

    [Fact]
    public void A_process_that_has_ended_is_a_reason()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        process.End();
        var frame = _symbols.Resolve(process.Id, process["caller"]);

        Assert.Null(frame.Function);
        Assert.Equal($"process {process.Id} has ended", frame.Reason);
    }

    [Fact]
    public void A_process_that_was_remembered_keeps_its_names_when_it_ends()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        Assert.True(_symbols.Remember(process.Id));
        process.End();

        Assert.Equal("caller", _symbols.Resolve(process.Id, process["caller"]).Function);
    }

    [Fact]
    public void Another_process_with_the_number_of_one_that_has_ended_is_not_taken_for_it()
    {
        const string lastNumber = "/proc/sys/kernel/ns_last_pid";
        var first = _folder.Compile("first", "-pie", "-fPIE");
        var second = _folder.Compile("second", "-pie", "-fPIE");
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var process = new TargetProcess(first);
            Assert.Equal(first, _symbols.Resolve(process.Id, process["caller"]).Module);
            process.End();
            try
            {
                File.WriteAllText(lastNumber, (process.Id - 1).ToString(CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Assert.Skip($"{lastNumber} cannot be set here: {e.Message}");
            }
            using var other = new TargetProcess(second);
            if (other.Id != process.Id)
            {
                continue;
            }
            Thread.Sleep(1100); // whose number it is gets checked once a second
            var frame = _symbols.Resolve(other.Id, other["caller"]);
            Assert.Equal("caller", frame.Function);
            Assert.Equal(second, frame.Module);
            return;
        }
        Assert.Skip("no process could be made to have the number of another one");
    }

    [Fact]
    public void A_stripped_program_says_so()
    {
        var program = _folder.Compile("target");
        Commands.Run("strip", program);
        using var process = new TargetProcess(program);
        var frame = _symbols.Resolve(process.Id, process["local_function"]);

        Assert.Null(frame.Function);
        Assert.Contains("stripped", frame.Reason, StringComparison.Ordinal);
        Assert.Equal(program, frame.Module);
        Assert.NotNull(frame.ModuleAddress);
    }

    [Theory]
    [InlineData("-Wl,--build-id=sha1")]
    [InlineData("-Wl,--build-id=none")]
    public void Debug_information_in_a_file_of_its_own_is_found_by_its_link(string buildId)
    {
        var program = _folder.Compile("target", buildId);
        var debug = Path.Join(_folder.Path, "target.debug");
        var whole = Path.Join(_folder.Path, "whole");
        File.Copy(program, whole);
        Commands.Run("objcopy", "--only-keep-debug", program, debug);
        Commands.Run("strip", "--strip-all", program);
        Commands.Run("objcopy", $"--add-gnu-debuglink={debug}", program);
        using var process = new TargetProcess(program);

        CheckAgainstBinutils(process, whole);
    }

    [Fact]
    public void Debug_information_that_does_not_belong_to_the_program_is_not_used()
    {
        var program = _folder.Compile("target", "-Wl,--build-id=none");
        var debug = Path.Join(_folder.Path, "target.debug");
        Commands.Run("objcopy", "--only-keep-debug", program, debug);
        Commands.Run("strip", "--strip-all", program);
        Commands.Run("objcopy", $"--add-gnu-debuglink={debug}", program);
        File.AppendAllText(debug, "changed");
        using var process = new TargetProcess(program);

        Assert.Null(_symbols.Resolve(process.Id, process["caller"]).Function);
    }

    [Fact]
    public void A_path_means_what_it_means_to_the_process_and_not_to_us()
    {
        var program = _folder.Compile("target");
        var elsewhere = Directory.CreateDirectory(Path.Join(_folder.Path, "elsewhere")).FullName;
        // In our mount namespace the path has another program, in the process's it has this one.
        File.Copy("/bin/true", Path.Join(elsewhere, "target"));
        var inside = Path.Join(elsewhere, "target");
        Assert.SkipUnless(Commands.TryRun("unshare", "-m", "true").Code == 0, "mount namespaces cannot be made here");
        using var process = new TargetProcess("unshare", "-m", "sh", "-c", $"mount --bind {program} {inside} && exec {inside}");
        var frame = _symbols.Resolve(process.Id, process["caller"]);

        Assert.Equal("caller", frame.Function);
        Assert.Equal(inside, frame.Module);
    }

    [Theory]
    [InlineData("heap", "no code can run here")]
    [InlineData("nowhere", "nothing is mapped here")]
    public void An_address_that_cannot_be_code_is_a_reason(string where, string reason)
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        var frame = _symbols.Resolve(process.Id, where == "heap" ? process["heap"] : 0x10);

        Assert.Null(frame.Function);
        Assert.Contains(reason, frame.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_so_many_processes_are_remembered()
    {
        using var few = new UserSymbols(processLimit: 2);
        var program = _folder.Compile("target");
        for (var i = 0; i < 5; i++)
        {
            using var process = new TargetProcess(program);
            Assert.Equal("main", few.Resolve(process.Id, process["main"]).Function);
        }

        Assert.Equal(2, few.SessionCount);
    }

    [Fact]
    public void Nothing_stays_open_after_disposing()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        using (var symbols = new UserSymbols())
        {
            Assert.Equal("main", symbols.Resolve(process.Id, process["main"]).Function);
            symbols.Resolve(process.Id, process["qsort"]);
        }

        // Other threads close descriptors while they are listed, which ls ends with an error for.
        var open = Commands.TryRun("ls", "-l", $"/proc/{Environment.ProcessId}/fd").Output;
        Assert.DoesNotContain(_folder.Path, open, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_reads_stacks_one_after_the_other_shares_what_was_read_and_a_process_is_still_named_after_its_end()
    {
        ulong address;
        uint id;
        using (var process = new TargetProcess(_folder.Compile("target")))
        {
            (id, address) = (process.Id, process["caller"]);
            using var first = new StackSymbolizer();
            Assert.Equal("caller", Assert.Single(first.Symbolize([address], BpfStackKind.User, id).Frames).Function);
        }

        using var second = new StackSymbolizer();
        Assert.Equal("caller", Assert.Single(second.Symbolize([address], BpfStackKind.User, id).Frames).Function);
        UserSymbols.Shared.ForgetIdle(TimeSpan.FromHours(1));
        Assert.Equal("caller", Assert.Single(second.Symbolize([address], BpfStackKind.User, id).Frames).Function);
    }

    [Fact]
    public void What_nobody_asks_about_is_let_go_of_and_read_again_when_somebody_does()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        using var reader = new StackSymbolizer();
        string? Name() => Assert.Single(reader.Symbolize([process["main"]], BpfStackKind.User, process.Id).Frames).Function;
        Assert.Equal("main", Name());
        UserSymbols.Shared.ForgetIdle(TimeSpan.Zero);

        Assert.Equal(0, UserSymbols.Shared.SessionCount);
        Assert.DoesNotContain(_folder.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        Assert.Equal("main", Name());
    }

    [Fact]
    public void What_was_disposed_says_so()
    {
        var symbols = new UserSymbols();
        symbols.Dispose();

        Assert.Throws<ObjectDisposedException>(() => symbols.Resolve(1, 1));
    }

    [Fact]
    public void Many_threads_get_the_same_names()
    {
        using var process = new TargetProcess(_folder.Compile("target"));
        Parallel.For(0, 2000, i =>
            Assert.Equal(s_functions[i % 4], _symbols.Resolve(process.Id, process[s_functions[i % 4]] + (ulong)(i % 8)).Function));
    }

    private void CheckAgainstBinutils(TargetProcess process, string witness)
    {
        foreach (var function in s_functions)
        {
            foreach (var offset in (ulong[])[0, 4, 9])
            {
                var frame = _symbols.Resolve(process.Id, process[function] + offset);
                Assert.Null(frame.Reason);
                Assert.Equal(function, frame.Function);
                Assert.Equal(offset, frame.Offset);
                Assert.Contains(function, NamesAt(witness, frame.ModuleAddress!.Value - offset));

                var position = Commands.Lines("addr2line", "-e", witness, $"0x{frame.ModuleAddress:x}")[0].Split(' ')[0];
                Assert.Equal(position, $"{frame.SourceFile}:{frame.SourceLine}");
                Assert.Equal(_folder.Source, frame.SourceFile);
            }
        }
    }

    private static string[] NamesAt(string file, ulong address, params string[] options) =>
        [.. Commands.Lines("nm", [.. options, "--defined-only", file]).Select(line => line.Split(' '))
            .Where(fields => fields.Length == 3 && Hex(fields[0]) == address).Select(fields => fields[2].Split('@')[0])];

    private static ulong Hex(string digits) => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int VdsoSize(uint processId)
    {
        var range = File.ReadLines($"/proc/{processId}/maps").First(line => line.EndsWith("[vdso]", StringComparison.Ordinal)).Split(' ')[0]
            .Split('-');
        return (int)(Hex(range[1]) - Hex(range[0]));
    }

    private static byte[] ReadMemory(uint processId, ulong address, int length)
    {
        var data = new byte[length];
        using var memory = File.OpenHandle($"/proc/{processId}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(length, RandomAccess.Read(memory, data, (long)address));
        return data;
    }
}
