using System.Runtime.InteropServices;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Probes in a program that the test compiles: USDT, and many functions at once.</summary>
public sealed class UserProbeTests : IClassFixture<NothingLeft>
{
    private static readonly Lazy<string> s_program = new(() => CProgram.Compile("Hooks/probed.c"));
    private static readonly Lazy<string> s_usdt = new(() =>
        BpfCompiler.Compile(Path.Combine(Repository.Root, "tests/BpfPS.Kernel.Tests/Hooks/usdt.bpf.c")).FilePath);

    public UserProbeTests()
    {
        Live.Require();
        Machine.Require(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the probe's note is written for x86-64");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_USDT_probe_gives_its_arguments_for_the_processes_that_it_is_for(bool isOneProcess)
    {
        using var mine = new Child(s_program.Value);
        using var other = new Child(s_program.Value);
        using var obj = Start("usdt", "take_arguments", "bpfps_test:step", isOneProcess ? [mine.Id] : []);
        Pass(mine, 3);
        Pass(other, 1);

        // step(1, 2), step(2, 4), step(3, 6); and the other's step(1, 2).
        Assert.Equal(isOneProcess ? (3UL, 6012UL) : (4UL, 7014UL), (obj.Runs("runs"), obj.Runs("sum")));
    }

    [Fact]
    public void A_USDT_program_that_may_sleep_is_known_to_libbpf_of_any_version()
    {
        using var mine = new Child(s_program.Value);
        using var obj = Start("usdt", "take_and_sleep", "bpfps_test:step", [mine.Id]);
        Pass(mine, 2);

        Assert.Equal(2UL, obj.Runs("sleepable_runs"));
    }

    [Fact]
    public void A_USDT_link_names_its_file_and_the_place_of_the_probe()
    {
        using var obj = Start("usdt", "take_arguments", "bpfps_test:step", []);
        var link = Assert.Single(BpfLink.Of(obj));
        var offset = Convert.ToUInt64(Command.Output("readelf", "-n", "-W", s_program.Value).Split("Location: ")[1].Split(',')[0], 16);

        // Newer versions of libbpf attach it as a uprobe_multi.
        Assert.True(link.AttachType is "uprobe" or "trace_uprobe_multi", link.AttachType);
        Assert.Equal((s_program.Value, offset), (link.Binary, link.Offset!.Value));
    }

    [Fact]
    public void A_USDT_attachment_cannot_be_pinned_and_says_so()
    {
        using var pins = new PinDirectory();
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
        {
            Programs = ["take_arguments"], Attachment = new BpfAttachOptions { Target = $"{s_program.Value}:bpfps_test:step" },
            PinPath = pins.Path,
        }));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains("cannot be pinned because it has no link", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usdt", "take_arguments", "bpfps_test:stp", "there is no probe 'bpfps_test:stp'", "bpfps_test:step")]
    [InlineData("hooks", "count_uprobe", "passed_frst", "there is no function 'passed_frst' in", "passed_first")]
    [InlineData("hooks", "count_uretprobe", "passed_scond", "there is no function 'passed_scond' in", "passed_second")]
    public void What_the_file_does_not_have_names_what_is_called_alike(string obj, string program, string place, string message,
        string near)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Start(obj, program, place, []));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(near, error.Remedy, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_file_without_probes_one_that_is_no_program_and_one_that_is_not_there_are_clear_errors()
    {
        Assert.Contains("has no USDT probes", Error("usdt", "take_arguments", "/bin/true:some:probe").Remedy, StringComparison.Ordinal);
        Assert.Contains("is not a program or library", Error("usdt", "take_arguments", "/etc/passwd:some:probe").Message,
            StringComparison.Ordinal);
        Assert.Contains("is not a program or library", Error("hooks", "count_uprobe", "/etc/passwd:main").Message,
            StringComparison.Ordinal);
        var missing = Error("hooks", "count_uprobe", "/bin/tru:main");
        Assert.Equal((BpfErrorKind.NotFound, true),
            (missing.Kind, missing.Message.Contains("there is no file '/bin/tru'", StringComparison.Ordinal)));
        Assert.Contains("/bin/true", missing.Remedy, StringComparison.Ordinal);
        Assert.Contains("<bpf/usdt.bpf.h>", Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("unplaced"),
                new BpfStartOptions { Programs = ["no_usdt"],
                Attachment = new BpfAttachOptions { Target = $"{s_program.Value}:bpfps_test:step" } })).Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/bin/sh\n", "/bin/sh")]
    [InlineData("#!/usr/bin/env sh\n", "/bin/sh")]
    [InlineData("#! /usr/bin/env -S A=B sh -u\n", "/bin/sh")]
    public void A_script_names_its_interpreter(string text, string interpreter)
    {
        var folder = Directory.CreateTempSubdirectory("bpfps-test-");
        try
        {
            var script = Path.Combine(folder.FullName, "script");
            System.IO.File.WriteAllText(script, text);
            foreach (var error in (BpfException[])[Error("usdt", "take_arguments", $"{script}:some:probe"),
                Error("hooks", "count_uprobe", $"{script}:main")])
            {
                Assert.Contains($"is a script ({text.TrimEnd()})", error.Message, StringComparison.Ordinal);
                var named = error.Remedy!.Split("Target: ")[1].Split(',')[0];
                Assert.Equal(Command.Output("readlink", "-f", interpreter), Command.Output("readlink", "-f", named));
            }
            System.IO.File.WriteAllText(script, "#!/no/such/interpreter\n");
            Assert.Contains("'/no/such/interpreter' does not exist here", Error("usdt", "take_arguments", $"{script}:some:probe").Remedy,
                StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Names_that_are_suggested_are_near_listed_once_and_of_programs_and_libraries()
    {
        var folder = Directory.CreateTempSubdirectory("bpfps-test-");
        try
        {
            foreach (var name in (string[])["libmine.a", "libmine.la", "libmine.o.txt"])
            {
                System.IO.File.WriteAllText(Path.Combine(folder.FullName, name), "!<arch>\n");
            }
            System.IO.File.Copy(s_program.Value, Path.Combine(folder.FullName, "libmine.so"));

            Assert.Equal($"Similar names: {folder.FullName}/libmine.so.",
                Error("hooks", "count_uprobe", $"{folder.FullName}/libmine.s:main").Remedy);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        // The standard folders are often links to each other.
        var near = Error("hooks", "count_uprobe", "libcc:main").Remedy!["Similar names: ".Length..^1].Split(", ");
        Assert.Equal(near.Distinct(), near);
        Assert.Contains("libc", near);
        Assert.DoesNotContain(near, name => name.EndsWith(".a", StringComparison.Ordinal));
        // Nothing is like it: no names at all, and where there are some.
        Assert.Contains($"'nm {s_program.Value}'", Error("hooks", "count_uprobe", $"{s_program.Value}:qqqqqqqqqqqq").Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("named_wholly", ":passed_first", "wholly_runs")]
    [InlineData("named_wholly", "", "wholly_runs")]
    [InlineData("probe_of_other_file", ":bpfps_test:step", "runs")]
    [InlineData("probe_of_other_file", "", "runs")]
    public void A_target_takes_the_place_of_a_file_that_the_section_names(string program, string place, string counter)
    {
        using var child = new Child(s_program.Value);
        using var obj = BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
        {
            Programs = [program], Attachment = new BpfAttachOptions { Target = s_program.Value + place },
        });
        Pass(child, 3);

        Assert.Equal(3UL, obj.Runs(counter));
    }

    [Fact]
    public void A_plain_target_is_for_all_programs_whose_files_do_not_exist()
    {
        using var child = new Child(s_program.Value);
        using var obj = BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
        {
            Programs = ["named_wholly", "probe_of_other_file"], Attachment = new BpfAttachOptions { Target = s_program.Value },
        });
        Pass(child, 2);

        Assert.Equal((2UL, 2UL), (obj.Runs("wholly_runs"), obj.Runs("runs")));
    }

    [Fact]
    public void Several_probes_have_a_target_each()
    {
        using var child = new Child(s_program.Value);
        using var obj = BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
        {
            Programs = ["named_function", "named_of_library", "take_arguments"],
            Attachment = new BpfAttachOptions
            {
                Target = s_program.Value,
                Targets = new Dictionary<string, string>
                {
                    ["named_of_library"] = "libc", ["take_arguments"] = $"{s_program.Value}:bpfps_test:step",
                },
            },
        });
        Pass(child, 2);

        Assert.Equal((2UL, 2UL), (obj.Runs("runs"), obj.Runs("named_runs")));
        Assert.Contains(BpfLink.Of(obj), link => link.Binary?.EndsWith("/libc.so.6", StringComparison.Ordinal) == true);
    }

    [AbsenceTheory(Since = "6.6")]
    [InlineData("any_uprobe_multi")]
    [InlineData("any_uretprobe_multi")]
    public void Many_functions_of_a_file_are_refused_with_what_is_too_old_for_them(string program)
    {
        var isLibraryNewEnough = LibBpfLibrary.Version >= new Version(1, 3);
        if (Live.IsLinux("6.6"))
        {
            Live.RequireLibBpfBefore("1.3");
        }
        using var mine = new Child(s_program.Value);
        var error = Assert.Throws<BpfException>(() => Start("many", program, "passed_*", [mine.Id]));

        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains(isLibraryNewEnough ? "requires at least Linux 6.6"
            : "which requires libbpf 1.3 or later", $"{error.Message} {error.Remedy}", StringComparison.Ordinal);
    }

    [GuestTheory]
    [InlineData("any_uprobe_multi", 2, 4UL)]
    [InlineData("any_uretprobe_multi", 2, 4UL)]
    public void Many_functions_of_a_file_are_probed_at_once(string program, int functions, ulong runs)
    {
        Live.RequireLibBpf("1.3");
        Live.RequireLinux("6.6");
        using var mine = new Child(s_program.Value);
        using var other = new Child(s_program.Value);
        using var obj = Start("many", program, "passed_*", [mine.Id]);
        Pass(mine, 2);
        Pass(other, 1);

        Assert.Equal(runs, obj.Runs("uprobe_runs"));
        var link = Assert.Single(BpfLink.Of(obj));
        Assert.Equal(("uprobe_multi", functions, mine.Id, program == "any_uretprobe_multi"),
            (link.Type, link.Offsets.Count, link.ProcessId!.Value, link.IsReturn!.Value));
        Assert.Contains("passed_first", Assert.Throws<BpfException>(() => Start("many", program, "passed_frst", [mine.Id])).Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("colon:in:it", "hooks", "count_uprobe", ":passed_first", "uprobe_runs")]
    [InlineData("colon:in:it", "hooks", "count_uprobe", ":passed_first+0", "uprobe_runs")]
    [InlineData("ends:", "hooks", "count_uprobe", ":passed_first", "uprobe_runs")]
    [InlineData("colon:in:it", "usdt", "take_arguments", ":bpfps_test:step", "runs")]
    [InlineData("plain", "usdt", "named_function", "", "named_runs")]
    [InlineData("plain", "usdt", "named_function", ":passed_first", "named_runs")]
    [InlineData("colon:in:it", "usdt", "named_function", "", "named_runs")]
    [InlineData("colon:in:it", "usdt", "named_function", ":passed_first", "named_runs")]
    public void A_file_is_found_whatever_its_name_and_the_function_in_the_section_or_the_target(string file, string obj, string program,
        string place, string counter)
    {
        var folder = Directory.CreateTempSubdirectory("bpfps:test-");
        try
        {
            var path = Path.Combine(folder.FullName, file);
            System.IO.File.Copy(s_program.Value, path);
            using var child = new Child(path);
            using var started = BpfObjectStarter.Start(File(obj), new BpfStartOptions
            {
                Programs = [program], Attachment = new BpfAttachOptions { Target = path + place },
            });
            Pass(child, 3);

            Assert.Equal(3UL, started.Runs(counter));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("libc:getenv")]
    [InlineData("libc.so.6:getenv")]
    [InlineData("libc")]
    [InlineData("libc.so.6")]
    public void A_library_is_found_by_its_name_with_and_without_its_version(string target)
    {
        using var obj = BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
        {
            Programs = ["named_of_library"], Attachment = new BpfAttachOptions { Target = target },
        });

        // The witness: where this process, which is dynamically linked, has its C library.
        var library = System.IO.File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/libc.so.6", StringComparison.Ordinal));
        Assert.Equal(Command.Output("readlink", "-f", library[library.IndexOf('/')..]).Trim(),
            Command.Output("readlink", "-f", Assert.Single(BpfLink.Of(obj)).Binary!).Trim());
    }

    [Fact]
    public void A_section_with_a_function_needs_the_file()
    {
        foreach (var target in (string?[])[null, "nosuchlibrary", "/bin/nosuch"])
        {
            var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(s_usdt.Value, new BpfStartOptions
            {
                Programs = ["named_function"], Attachment = new BpfAttachOptions { Target = target },
            }));
            Assert.Contains("path:function", error.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_process_that_ends_leaves_the_program_attached_to_nothing_and_an_object_that_stops()
    {
        using var mine = new Child(s_program.Value);
        using var obj = Start("hooks", "count_uprobe", "passed_first", [mine.Id]);
        Pass(mine, 2);
        Assert.Equal(0, mine.WaitForExit());

        Assert.Equal(2UL, obj.Runs("uprobe_runs"));
        var link = Assert.Single(BpfLink.Of(obj));
        Assert.Equal(("perf_event", s_program.Value), (link.Type, link.Binary));
        obj.Dispose();
        Assert.Equal(BpfObjectState.Stopped, obj.State);
    }

    private static string File(string name) => name == "usdt" ? s_usdt.Value : Repository.TestProgram(name);

    private static BpfObject Start(string name, string program, string place, int[] processes) =>
        BpfObjectStarter.Start(File(name),
            new BpfStartOptions { Programs = [program],
            Attachment = new BpfAttachOptions { Target = $"{s_program.Value}:{place}", ProcessIds = processes } });

    private static BpfException Error(string name, string program, string target) => Assert.Throws<BpfException>(() =>
        BpfObjectStarter.Start(File(name),
            new BpfStartOptions { Programs = [program], Attachment = new BpfAttachOptions { Target = target } }));

    private static void Pass(Child child, int times)
    {
        for (var i = 0; i < times; i++)
        {
            child.Say("");
            child.Hear();
        }
    }
}
