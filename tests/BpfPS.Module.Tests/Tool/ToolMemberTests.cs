using System.Text.RegularExpressions;

namespace BpfPS.Module.Tests.Tool;

/// <summary>What the shipped tools say of themselves, held to docs/tool-members.md and to what issues promise of each.</summary>
public sealed partial class ToolMemberTests : KernelTest
{
    private static readonly string[] s_beforeTheList = ["runqlat", "profile", "packetcapture"];

    [Fact]
    public void Every_member_is_a_word_of_the_list()
    {
        var words = File.ReadLines(Path.Combine(Repository.Root, "docs/tool-members.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .SelectMany(line => Word().Matches(line.Split('|')[1]).Select(match => match.Value)).ToHashSet();
        foreach (var tool in Run("Get-BpfTool").Succeeded().Output)
        {
            var members = ((IEnumerable<object>)tool.Get("Members")!).Select(member => $"{PSObject.AsPSObject(member).Get("Name")}")
                .ToArray();
            Assert.All(members, member => Assert.True(words.Contains(member), $"{tool.Get("Name")}.{member} is in no row of the page"));
            if (members.Length > 0 && !s_beforeTheList.Contains(tool.Get<string>("Name")))
            {
                Assert.Equal(["time", "pid", "tid", "ppid", "uid", "comm", "cgroup"], members[..7]);
            }
        }
    }

    [Fact]
    public void Every_tool_says_its_question_an_example_what_it_does_not_see_and_its_cost()
    {
        foreach (var tool in Run("Get-BpfTool").Succeeded().Output
            .Where(tool => !s_beforeTheList.Take(2).Contains(tool.Get<string>("Name"))))
        {
            Assert.All((string[])["Summary", "Question", "Example", "Omitted", "Cost"],
                property => Assert.True(tool.Get<string>(property).Length > 0, $"{tool.Get("Name")} says no {property}"));
            Assert.Contains(tool.Get<string>("Name"), tool.Get<string>("Example"));
            Assert.EndsWith("?", tool.Get<string>("Question"));
        }
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
