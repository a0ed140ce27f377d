using System.Globalization;
using System.Diagnostics;
using System.Net;
using BpfPS.Host;

namespace BpfPS.Core.Tests.Host;

/// <summary>The SSH connection of a process, found in the environments of those that it descends from.</summary>
public sealed class SshSessionTests
{
    private const string Connection = "203.0.113.5 50000 203.0.113.6 22";

    [Fact]
    public void It_is_found_in_a_parent_where_the_process_itself_has_lost_it()
    {
        // As sudo does: the shell has the variable, and starts a shell without it, which starts a program.
        using var top = Start("env -u SSH_CONNECTION sh -c 'env | grep -c SSH_CONNECTION; sleep 60 & echo $!; wait'", Connection);
        Assert.Equal("0", top.StandardOutput.ReadLine());
        var sleeper = int.Parse(top.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);

        Assert.Equal((IPEndPoint.Parse("203.0.113.5:50000"), IPEndPoint.Parse("203.0.113.6:22")), SshSession.Of(sleeper));
        top.Kill(entireProcessTree: true);
    }

    [Theory]
    [InlineData("203.0.113.5 50000 203.0.113.6")]
    [InlineData("203.0.113.5 70000 203.0.113.6 22")]
    [InlineData("somebody 1 203.0.113.6 22")]
    public void What_is_no_connection_is_none(string value)
    {
        using var top = Start("echo $$; read line", value);
        var shell = int.Parse(top.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);

        // Above the shell is this process, which may be used through SSH itself.
        Assert.Equal(SshSession.Of(Environment.ProcessId), SshSession.Of(shell));
        top.Kill();
    }

    [Fact]
    public void A_process_that_has_ended_has_none()
    {
        using var top = Start("echo $$", Connection);
        var shell = int.Parse(top.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        top.WaitForExit();

        Assert.Null(SshSession.Of(shell));
    }

    private static Process Start(string script, string connection)
    {
        var start = new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["SSH_CONNECTION"] = connection;
        return Process.Start(start)!;
    }
}
