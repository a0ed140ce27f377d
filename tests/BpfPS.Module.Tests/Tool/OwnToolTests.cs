namespace BpfPS.Module.Tests.Tool;

/// <summary>Tools of the user's own, in folders.</summary>
public sealed class OwnToolTests : KernelTest
{
    private const string Variable = "BPFPS_TOOL_PATH";

    private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-tools-").FullName;

    public override void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        base.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void An_object_and_a_source_are_found_by_their_names()
    {
        RequireCompiler();
        File.Copy(Repository.TestProgram("burst"), Path.Combine(_folder, "bursts.bpf.o"));
        File.Copy(Path.Combine(Repository.Root, "bpf/execsnoop.bpf.c"), Path.Combine(_folder, "sieve.bpf.c"));
        Environment.SetEnvironmentVariable(Variable, _folder);

        var names = Run("Get-BpfTool").Succeeded().Output.Select<string>("Name").ToArray();
        Assert.Superset(new HashSet<string>(["bursts", "execsnoop", "sieve"]), names.ToHashSet());
        var tool = Run("Get-BpfTool bursts").Only;
        Assert.Equal((true, "struct burst_event"), (tool.Get<bool>("IsOwn"), tool.Get("EventType")));
        Assert.EndsWith("sieve.bpf.c", Run("Get-BpfTool sieve").Only.Get<string>("Path"));
        Assert.Equal("bursts", Run("(Start-BpfProgram bursts).Name").Only.BaseObject);
        Assert.Contains("bursts", TabExpansion("Watch-BpfEvent bur"));
    }

    [Fact]
    public void A_shipped_tool_goes_first()
    {
        File.Copy(Repository.TestProgram("burst"), Path.Combine(_folder, "execsnoop.bpf.o"));
        Environment.SetEnvironmentVariable(Variable, _folder);

        Assert.Equal("struct execsnoop_event", Run("Get-BpfTool execsnoop").Only.Get("EventType"));
    }

    [Theory]
    [InlineData(0b111_111_101)]
    [InlineData(0b111_101_111)]
    public void A_folder_that_others_can_change_is_passed_over_and_the_error_says_so(int mode)
    {
        File.Copy(Repository.TestProgram("burst"), Path.Combine(_folder, "bursts.bpf.o"));
        File.SetUnixFileMode(_folder, (UnixFileMode)mode);
        Environment.SetEnvironmentVariable(Variable, _folder);

        Assert.Contains(_folder, Assert.Single(Run("Get-BpfTool bursts").Errors).ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("bursts", Run("Get-BpfTool").Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void A_file_that_others_can_change_is_passed_over()
    {
        var file = Path.Combine(_folder, "bursts.bpf.o");
        File.Copy(Repository.TestProgram("burst"), file);
        File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        Environment.SetEnvironmentVariable(Variable, _folder);

        Assert.Single(Run("Get-BpfTool bursts").Errors);
    }

    [Fact]
    public void A_folder_that_is_not_there_or_relative_is_nothing()
    {
        Environment.SetEnvironmentVariable(Variable, $"/nonexistent:.:{_folder}/none");

        Run("Get-BpfTool").Succeeded();
    }

    private string[] TabExpansion(string line) =>
        [.. Run($"(TabExpansion2 '{line}' -cursorColumn {line.Length}).CompletionMatches").Output.Select<string>("CompletionText")];
}
