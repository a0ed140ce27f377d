using System.Reflection;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// What the kernel decides of a filter, it decides as PowerShell does for the same script block on the object: generated script blocks
/// and records, asked in the kernel, with Where-Object as the witness. Of text that is not printable ASCII the kernel does not decide, and
/// lets the record through.
/// </summary>
public sealed class KernelFilterAgreementTests : IDisposable
{
    private const int Records = 10;

    private static readonly int s_filters = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 10_000 : 300;

    private readonly Session _session = new();
    private readonly RawRecords _records = new(Repository.TestProgram("types"), "types_event");
    private readonly FilterInKernel _kernel;

    public KernelFilterAgreementTests() => _kernel = new FilterInKernel(_session);

    public void Dispose()
    {
        _kernel.Dispose();
        _records.Dispose();
        _session.Dispose();
    }

    [Fact]
    public void Generated_filters_let_through_what_Where_Object_selects()
    {
        var wrong = new List<string>();
        var (asked, passed, pairs) = (0, 0, 0);
        object[] records = [];
        for (var seed = 0; seed < s_filters; seed++)
        {
            var random = new Random(seed);
            if (seed % 20 == 0)
            {
                records = _records.Make(random, Records);
                _session.Set("records", records);
            }
            var text = new FilterText(random, records).Condition(depth: 2);
            try
            {
                _ = _records.Select(_session, text);
                if (!_kernel.Load(text))
                {
                    continue;
                }
            }
            catch (TargetInvocationException e) when (e.InnerException?.GetType().Name == "BpfException")
            {
                continue;
            }
            asked++;
            Check($"seed {seed}", records, wrong, ref passed, ref pairs);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {asked}, the first:\n{string.Join('\n', wrong.Take(20))}");
        Assert.InRange(asked, s_filters / 2, s_filters);
        Assert.InRange(passed, pairs / 20, pairs * 19 / 20);
    }

    [Theory]
    [InlineData("$_.text -eq 'hello'")]
    [InlineData("$_.text -ceq 'BASH'")]
    [InlineData("$_.text -like '*L*o'")]
    [InlineData("$_.text -clike 'b[a-c]s?'")]
    [InlineData("$_.full -like '0*9*f'")]
    [InlineData("$_.text -match '^h.*o$'")]
    [InlineData("$_.text -match 'a\\.?b|sh'")]
    [InlineData("$_.text -in 'bash', 'hello', 'he'")]
    [InlineData("$_.text.StartsWith('ba')")]
    [InlineData("$_.text.EndsWith('sh')")]
    [InlineData("$_.text.Contains('x-')")]
    [InlineData("$psitem.text -eq 'hello'")]
    [InlineData("$_.text -eq ''")]
    [InlineData("-not $_.text")]
    [InlineData("$_.u8 -in 0..40")]
    [InlineData("$_.u8 -in (0..255 | Where-Object { $_ % 3 -eq 0 })")]
    [InlineData("$_.u16 -in (0..2000 | Where-Object { $_ % 7 -eq 0 })")]
    [InlineData("$_.u64 -in (1..40 | ForEach-Object { $_ * 3 })")]
    [InlineData("$_.u32 % $_.u8 -eq 1")]
    [InlineData("$_.duration.TotalMilliseconds -gt 1500")]
    [InlineData("$_.u16 / 1000 -gt 8")]
    [InlineData("$_.u64 * 3 -ge 12")]
    [InlineData("100 - $_.s32 -lt 98.5")]
    public void Chosen_filters_let_through_what_Where_Object_selects(string filter)
    {
        var wrong = new List<string>();
        var (passed, pairs) = (0, 0);
        for (var seed = 0; seed < 5; seed++)
        {
            var records = _records.Make(new Random(seed), 2 * Records);
            _session.Set("records", records);
            if (!_kernel.Load(filter))
            {
                Assert.Contains('|', filter); // an alternative is more than the kernel compares
                return;
            }
            Check($"seed {seed}", records, wrong, ref passed, ref pairs);
        }

        Assert.Empty(wrong);
        Assert.InRange(passed, 1, pairs - 1);
    }

    private void Check(string what, object[] records, List<string> wrong, ref int passed, ref int pairs)
    {
        var decided = _kernel.Decided;
        var expected = _session.Selected(decided);
        var got = _kernel.Ask(_records.AllBytes());
        pairs += got.Length;
        passed += got.Count(one => one);
        for (var i = 0; i < got.Length; i++)
        {
            // What has other text is let through for the reader, who decides again.
            if (got[i] != expected[i] && !(got[i] && RawRecords.HasOtherText(records[i], decided)))
            {
                wrong.Add($"{what}: {{ {decided} }} is {expected[i]}, and the kernel says {got[i]}, of "
                    + RawRecords.Describe(records[i], decided));
                return;
            }
        }
    }
}
