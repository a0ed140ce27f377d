namespace BpfPS.Module.Tests.Event;

public sealed class WatchBpfEventFilterTests : KernelTest
{
    public WatchBpfEventFilterTests() => Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

    [Theory]
    // numbers of each kind
    [InlineData("$_.u8 -eq 129", "$_.u8 -eq 128")]
    [InlineData("$_.u8 -ne 128", "$_.u8 -ne 129")]
    [InlineData("$_.s16 -lt -514", "$_.s16 -lt -515")]
    [InlineData("$_.s16 -le -515", "$_.s16 -le -516")]
    [InlineData("$_.u64 -gt 9332165983064196999", "$_.u64 -gt 9332165983064197000")]
    [InlineData("$_.u64 -ge 9332165983064197000", "$_.u64 -lt 0")]
    [InlineData("$_.s64 -eq -361417177322424579", "$_.s64 -gt 0")]
    [InlineData("$_.u8 -eq '129'", "$_.u8 -eq '0x82'")]
    [InlineData("$_.u8 -eq '0x81'", "$_.u8 -eq 0x82")]
    [InlineData("$_.be16 -eq 0x1234", "$_.be16 -eq 0x3412")]
    [InlineData("$_.port -eq 443", "$_.port -gt 443")]
    [InlineData("$_.real -gt 1.25", "$_.real -gt 1.5")]
    [InlineData("$_.small_real -eq -0.25", "$_.small_real -ge 0")]
    [InlineData("$_.bits33 -eq 7158278826", "$_.bits33 -eq 0")]
    [InlineData("$_.signed5 -eq -11", "$_.signed5 -eq 21")]
    // other kinds
    [InlineData("$_.yes -eq $true", "$_.no -eq $true")]
    [InlineData("$_.no -ne $true", "$_.yes -ne $true")]
    [InlineData("$_.colour -eq 'COLOUR_BLUE'", "$_.colour -eq 'COLOUR_RED'")]
    [InlineData("$_.colour -eq 'colour_blue'", "$_.colour -ne 'colour_blue'")]
    [InlineData("$_.unnamed_colour -eq 77", "$_.unnamed_colour -eq 78")]
    [InlineData("$_.failure -eq 'ENOENT'", "$_.failure -eq 'EPERM'")]
    [InlineData("$_.failure -eq [BpfErrno]::ENOENT", "$_.failure -eq 0")]
    [InlineData("$_.ipv4 -eq '192.0.2.1'", "$_.ipv4 -eq '192.0.2.2'")]
    [InlineData("$_.ipv6 -eq '2001:db8::1:2'", "$_.ipv6 -ne '2001:0db8:0::1:2'")]
    [InlineData("$_.duration -gt [TimeSpan]::FromSeconds(1)", "$_.duration -gt [TimeSpan]::FromSeconds(2)")]
    [InlineData("$_.time -gt [DateTime]::Now.AddMinutes(-5)", "$_.time -gt [DateTime]::Now.AddMinutes(5)")]
    // text
    [InlineData("$_.text -eq 'hello'", "$_.text -eq 'hell'")]
    [InlineData("$_.text -eq 'HELLO'", "$_.text -ne 'HELLO'")]
    [InlineData("$_.text -like 'he*'", "$_.text -like 'el*'")]
    [InlineData("$_.text -like 'h?llo'", "$_.text -like 'h?lo'")]
    [InlineData("$_.text -like 'h[ae]llo'", "$_.text -like 'h[ao]llo'")]
    [InlineData("$_.text -notlike 'x*'", "$_.text -notlike '*O'")]
    [InlineData("$_.text -match 'l+o$'", "$_.text -match '^l'")]
    [InlineData("$_.text -notmatch 'z'", "$_.text -notmatch 'LL'")]
    [InlineData("$_.full -eq '0123456789abcdef'", "$_.full -eq '0123456789abcde'")]
    [InlineData("$_.text -gt 'hella'", "$_.text -gt 'help'")]
    // lists and logic
    [InlineData("$_.u8 -in 1, 129", "$_.u8 -in 1, 2")]
    [InlineData("$_.text -in 'x', 'hello'", "$_.text -in @()")]
    [InlineData("$_.u8 -eq 129 -and $_.s8 -eq -2", "$_.u8 -eq 129 -and $_.s8 -eq 2")]
    [InlineData("$_.u8 -eq 1 -or $_.s8 -eq -2", "$_.u8 -eq 1 -or $_.s8 -eq 2")]
    [InlineData("-not ($_.u8 -eq 1)", "!($_.u8 -eq 129)")]
    [InlineData("($_.u8 -eq 1 -or $_.u8 -eq 129) -and -not ($_.s8 -gt 0)", "$_.u8 -eq 1 -or ($_.u8 -eq 129 -and $_.s8 -gt 0)")]
    // other expressions
    [InlineData("$_.text.Length -eq 5", "$_.text.Length -ne 5")]
    [InlineData("$_.text.StartsWith('h')", "$_.text.StartsWith('H')")]
    [InlineData("$_.text -ceq 'hello'", "$_.text -ceq 'HELLO'")]
    [InlineData("$_.text -clike 'h*'", "$_.text -clike 'H*'")]
    [InlineData("$_.u8 -ne $_.s8", "$_.u8 -eq $_.s8")]
    [InlineData("129 -eq $_.u8", "128 -eq $_.u8")]
    [InlineData("$_.u8", "$_.u8 -xor 1")]
    [InlineData("$true", "$_.u8 -eq $null")]
    [InlineData("$_.u8 -like '12*'", "$_.u8 -like '13*'")]
    [InlineData("$_.u8 + $_.u16 -gt 33000", "$_.u8 * 2 -gt 258")]
    [InlineData("$_.u16 -band 0x100", "$_.u16 -band 1")]
    [InlineData("$_.point.x -eq -7 -and $_.points[1].z -eq -100000", "$_.points[0].x -eq 2")]
    [InlineData("$_.numbers -contains -4", "$_.numbers -contains 4")]
    [InlineData("$_.strings -contains 'three' -and $_.strings[-1] -eq 'three'", "$_.strings[0] -eq 'two'")]
    [InlineData("$_.strings.Count -eq 3", "$_.strings.Length -eq 2")]
    [InlineData("$_.duration.TotalSeconds -gt 1", "$_.duration.TotalMilliseconds -lt 1000")]
    [InlineData("$_.u8 / 2 -eq 64.5", "$_.u8 % 2 -eq 0")]
    // names and values
    [InlineData("$PSItem.U8 -eq 129", "$PSItem.u8 -eq 1")]
    [InlineData("$_.pid -eq $PID", "$_.pid -ne $PID")]
    [InlineData("$_.u8 -eq (100 + 29)", "$_.u8 -eq (100 + 28)")]
    [InlineData("$_.'u8' -eq 129", "$_.'u8' -eq 1")]
    public void Each_comparison_is_decided_as_Where_Object_would(string holds, string fails)
    {
        // A second event is what the filter that fails has to leave out as well.
        Producer.Call();

        Assert.Equal(2, Run($"$o | Watch-BpfEvent -First 2 -Duration 5s -Filter {{ {holds} }}").Succeeded().Output.Count);
        Producer.Call();
        Assert.Empty(Run($"$o | Watch-BpfEvent -Duration 50ms -Filter {{ {fails} }}").Succeeded().Output);
    }

    [Fact]
    public void A_value_comes_from_the_variables_of_the_caller()
    {
        Assert.Single(Run("function Test-It { $wanted = 129; "
            + "$o | Watch-BpfEvent -First 1 -Duration 5s -Filter { $_.u8 -eq $wanted } }; Test-It").Succeeded().Output);
        Producer.Call();
        Assert.Single(Run("$list = 1, 129; $o | Watch-BpfEvent -First 1 -Duration 5s -Filter { $_.u8 -in $list }").Succeeded().Output);
    }

    [Theory]
    [InlineData("$_.nosuch -eq 1", "u8")]
    [InlineData("", "Where-Object")]
    [InlineData("$_.u8 -eq 129; $_.s8 -eq 1", "Where-Object")]
    [InlineData("Get-BpfTool", "Where-Object")]
    [InlineData("if ($_.u8) { $true }", "Where-Object")]
    [InlineData("$_.u8 -eq 129 | ForEach-Object { $_ }", "Where-Object")]
    [InlineData("param($x) $x.u8 -eq 129", "Where-Object")]
    [InlineData("$_.numbers -eq 1", "Where-Object")]
    [InlineData("$_.point -eq 1", "Where-Object")]
    [InlineData("$_.u8 -eq 'text'", "as the member is shown")]
    [InlineData("$_.colour -eq 'COLOUR_NONE'", "COLOUR_")]
    [InlineData("$_.ipv4 -eq 'nowhere'", "as the member is shown")]
    [InlineData("$_.real -eq 'text'", "as the member is shown")]
    [InlineData("$_.text -match '('", "")]
    [InlineData("$_.duration -eq 'soon'", "as the member is shown")]
    [InlineData("$_.u8 -is [int]", "Where-Object")]
    [InlineData("$_.text -replace 'h'", "Where-Object")]
    [InlineData("[int]$_.text", "Where-Object")]
    public void What_cannot_be_decided_on_bytes_is_one_error_that_says_what_to_do(string filter, string advice)
    {
        var outcome = Run($"$o | Watch-BpfEvent -First 1 -Duration 300ms -Filter {{ {filter} }}");

        Assert.Empty(outcome.Output);
        Assert.Contains(advice, outcome.FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument).ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_filter_that_is_refused_leaves_nothing_of_what_the_stream_would_have_started()
    {
        Run("$o | Stop-BpfProgram").Succeeded();

        Run("Watch-BpfEvent $burst -Filter { $_.nosuch -eq 1 }").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        NothingIsLeft();
    }
}
