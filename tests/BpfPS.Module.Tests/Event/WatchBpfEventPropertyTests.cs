namespace BpfPS.Module.Tests.Event;

/// <summary>Chosen members and calculated values of events, beside what PowerShell has for the same on the whole object.</summary>
public sealed class WatchBpfEventPropertyTests : KernelTest
{
    public WatchBpfEventPropertyTests() => Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

    [Fact]
    public void Only_the_chosen_members_are_delivered_in_their_order()
    {
        var one = Run("$o | Watch-BpfEvent -First 1 -Property text, U8, point, strings, @{ Name = 'half'; Expression = { $_.u8 / 2 } }")
            .Only;

        Assert.Equal(["text", "U8", "point", "strings", "half"], one.Properties.Select(property => property.Name));
        Assert.Equal("hello", one.Get("text"));
        Assert.Equal((byte)129, one.Get("u8"));
        Assert.Equal((short)8, one.Get<object>("point").Property("y"));
        Assert.Equal(["one", "", "three"], one.Get<string[]>("strings"));
        Assert.Equal(64.5, one.Get("half"));
        Assert.Contains("BpfPS.BpfEvent", one.TypeNames);
    }

    [Theory]
    [InlineData("s*", "U*")]
    [InlineData("u8", "[us]8", "be*")]
    [InlineData("u?", "*16")]
    public void Wildcards_choose_the_members_that_PowerShell_matches_with_them(params string[] chosen)
    {
        Producer.Call(1);
        var whole = Run("$o | Watch-BpfEvent -First 1").Only.Properties.Select(property => property.Name).ToArray();
        var expected = chosen.SelectMany(pattern => whole.Where(new WildcardPattern(pattern, WildcardOptions.IgnoreCase).IsMatch))
            .Distinct().ToArray();
        Assert.True(expected.Length > 2, string.Join(", ", expected));

        var one = Run($"$o | Watch-BpfEvent -First 1 -Property {string.Join(", ", chosen.Select(name => $"'{name}'"))}").Only;

        Assert.Equal(expected, one.Properties.Select(property => property.Name));
    }

    [Fact]
    public void A_wildcard_after_a_dot_chooses_members_of_a_member()
    {
        var one = Run("$o | Watch-BpfEvent -First 1 -Property 'point.*', @{ Name = 'one'; Expression = { 1 } }").Only;

        Assert.Equal(["point_x", "point_y", "one"], one.Properties.Select(property => property.Name).Where(name => name != "point_z"));
        Assert.Equal((short)8, one.Get("point_y"));
    }

    [Theory]
    [InlineData("'nothing*'", "'nothing*' matches no member")]
    [InlineData("'u['", "'u[' is not a valid wildcard pattern")]
    public void A_wildcard_that_matches_no_member_is_an_error(string property, string message) =>
        Assert.Contains(message, Assert.Single(Run($"$o | Watch-BpfEvent -First 1 -Property {property}").Errors).Exception.Message);

    [Theory]
    // members of each kind
    [InlineData("$_.u8")]
    [InlineData("$_.s128")]
    [InlineData("$_.control")]
    [InlineData("$_.numbers")]
    [InlineData("$_.matrix[1][2]")]
    [InlineData("$_.points[1].z")]
    [InlineData("$_.raw")]
    [InlineData("$_.number.halves.high")]
    [InlineData("$_.signed20")]
    [InlineData("$_.flag")]
    [InlineData("$_.colour")]
    [InlineData("$_.temperature")]
    [InlineData("$_.small_real")]
    [InlineData("$_.duration")]
    [InlineData("$_.ipv6")]
    [InlineData("$_.mac")]
    [InlineData("$_.failure")]
    [InlineData("$_.be32")]
    [InlineData("$_.strings")]
    [InlineData("$_.strings[-1]")]
    // arithmetic keeps PowerShell's types, and becomes a double where PowerShell's does
    [InlineData("$_.u8 + 1")]
    [InlineData("$_.u32 + 1")]
    [InlineData("$_.u32 - 1")]
    [InlineData("$_.u32 - $_.s32")]
    [InlineData("$_.u32 / -4")]
    [InlineData("$_.s32 % $_.u32")]
    [InlineData("-$_.u32")]
    [InlineData("$_.u32 * $_.u32")]
    [InlineData("$_.u64 + 1")]
    [InlineData("$_.u64 * 2")]
    [InlineData("$_.u64 - $_.u64")]
    [InlineData("$_.s64 - 1")]
    [InlineData("$_.s64 * 100")]
    [InlineData("$_.s32 * $_.u16")]
    [InlineData("$_.s16 - $_.u16")]
    [InlineData("-$_.s32")]
    [InlineData("-$_.s64")]
    [InlineData("$_.u8 / 3")]
    [InlineData("$_.u8 / 43")]
    [InlineData("$_.u64 / 2")]
    [InlineData("$_.u64 / 8")]
    [InlineData("$_.s64 / 3")]
    [InlineData("$_.u64 % 1000")]
    [InlineData("$_.real * 3")]
    [InlineData("$_.small_real + 1")]
    [InlineData("$_.u8 -shr 3")]
    [InlineData("$_.u8 -shl 3")]
    [InlineData("$_.u32 -shr 10")]
    [InlineData("$_.u64 -shr 10")]
    [InlineData("$_.s64 -shl 4")]
    [InlineData("$_.u16 -band 0xff")]
    [InlineData("$_.u32 -bor 1")]
    [InlineData("$_.u64 -bxor 1")]
    [InlineData("-bnot $_.u8")]
    [InlineData("-bnot $_.s64")]
    [InlineData("$_.u8 -eq 129")]
    [InlineData("$_.u8 -gt 1 -and $_.text -like 'h*'")]
    // members and methods of values
    [InlineData("$_.text.Length")]
    [InlineData("$_.text.ToUpper()")]
    [InlineData("$_.text.Substring(1, 2)")]
    [InlineData("$_.numbers.Count")]
    [InlineData("$_.duration.TotalMilliseconds")]
    [InlineData("$_.duration.TotalMilliseconds * 2")]
    [InlineData("$_.strings.Length + 1")]
    public void A_value_is_what_PowerShell_has_for_it(string expression)
    {
        Run("$whole = $o | Watch-BpfEvent -First 1").Succeeded();
        Producer.Call();
        Run($"$chosen = $o | Watch-BpfEvent -First 1 -Property @{{ Name = 'value'; Expression = {{ {expression} }} }}").Succeeded();
        Run($"$expected = $whole | ForEach-Object {{ ,({expression}) }}").Succeeded();

        var (expected, got) = (Run(",$expected").Only.BaseObject, Run(",$chosen.value").Only.BaseObject);

        Assert.Equal(expected.GetType().Name, got.GetType().Name); // 5 and 5.0 are two things
        Assert.Equal(expected, got);
    }

    [Fact]
    public void A_division_by_zero_gives_nothing()
    {
        Assert.Null(Run("$o | Watch-BpfEvent -First 1 -Property @{ n = 'none'; e = { $_.u8 / ($_.u8 - 129) } }").Only.Get("none"));
    }

    [Fact]
    public void Names_are_those_of_Select_Object()
    {
        var one = Run("$o | Watch-BpfEvent -First 1 -Property @{ l = 'a'; e = 'u8' }, @{ LABEL = 'b'; Ex = { $_.u8 } }, "
            + "@{ Expression = { $_.s8 } }, { $_.u16 }, point.x, u8, u8").Only;

        Assert.Equal(["a", "b", "$_.s8", "$_.u16", "point_x", "u8", "u8_2"], one.Properties.Select(property => property.Name));
    }

    [Fact]
    public void A_filter_decides_on_members_that_are_not_delivered()
    {
        Producer.Call(3);

        Assert.Equal(2, Run("$o | Watch-BpfEvent -Property text -Filter { $_.u8 -eq 129 } -First 2").Succeeded().Output.Count);
        Assert.Empty(Run("$o | Watch-BpfEvent -Property text -Filter { $_.u8 -ne 129 } -Duration 50ms").Succeeded().Output);
    }

    [Fact]
    public void Stack_ids_are_looked_up_as_in_whole_events()
    {
        Given("$s = Start-BpfProgram $stacks -Variable $producer", calls: 1);
        var whole = Run("$event = $s | Watch-BpfEvent -First 1; $event | Get-BpfStack").Succeeded().Output.Count;
        Producer.Call();

        var chosen = Run("$s | Watch-BpfEvent -First 1 -Property kernel_stack, user_stack, no_stack, pid | Get-BpfStack")
            .Succeeded().Output;

        Assert.Equal(whole, chosen.Count);
        Assert.NotEmpty(chosen);
    }

    [Theory]
    [InlineData("txt", "'txt': there is no member 'txt'", "text")]
    [InlineData("point.width", "'point.width': there is no member 'width'", "The members are: x, y, z.")]
    [InlineData("{ Get-Date }", "'Get-Date' cannot be decided", "Select-Object")]
    [InlineData("@{ Name = 'x'; Expression = { $_.u8 -is [int] } }", "cannot be decided", "Select-Object")]
    [InlineData("@{ Name = 'x' }", "has no expression", "Expression=")]
    [InlineData("5", "'5' does not name a member", "Expression=")]
    public void What_cannot_be_delivered_is_one_error_that_says_what_to_do(string property, string message, string remedy)
    {
        var error = Run($"$o | Watch-BpfEvent -First 1 -Property {property}")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }
}
