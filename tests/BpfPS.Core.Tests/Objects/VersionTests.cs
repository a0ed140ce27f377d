using System.Text.Json;
using System.Xml.Linq;
using BpfPS.Tests;

namespace BpfPS.Core.Tests.Objects;

/// <summary>What stands in two files of the build says the same in both.</summary>
public class VersionTests
{
    [Fact]
    public void The_pwsh_of_the_tool_manifest_has_the_version_of_the_PowerShell_that_the_tests_host()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, ".config/dotnet-tools.json")));
        var tool = manifest.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString();
        var packages = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));

        Assert.Equal(Assert.Single(packages.Descendants("PowerShellVersion")).Value, tool);
    }
}
