using System.Reflection;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// A filter's answer on a record's bytes is PowerShell's own for the same script block on the object: generated script blocks and records,
/// with Where-Object as the witness. Neither needs the kernel.
/// </summary>
public sealed class FilterAgreementTests : IDisposable
{
    private const int Records = 10;

    private static readonly int s_filters = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 10_000 : 400;

    private readonly Session _session = new();
    private readonly RawRecords _records;

    public FilterAgreementTests() => _records = new RawRecords(Repository.TestProgram("types"), "types_event");

    public void Dispose()
    {
        _records.Dispose();
        _session.Dispose();
    }

    [Fact]
    public void Generated_filters_select_what_Where_Object_selects()
    {
        var wrong = new List<string>();
        var (refused, selected, pairs) = (0, 0, 0);
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
            var expected = _session.Selected(text);
            bool[] got;
            try
            {
                got = _records.Select(_session, text);
            }
            catch (TargetInvocationException e) when (e.InnerException?.GetType().Name == "BpfException")
            {
                refused++;
                continue;
            }
            pairs += got.Length;
            selected += got.Count(one => one);
            for (var i = 0; i < got.Length; i++)
            {
                if (got[i] != expected[i])
                {
                    wrong.Add($"seed {seed}: {{ {text} }} is {expected[i]}, and the filter says {got[i]}, of "
                        + RawRecords.Describe(records[i], text));
                    break;
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {s_filters}, the first:\n{string.Join('\n', wrong.Take(20))}");
        // Most is decided on bytes, and neither all nor nothing is selected.
        Assert.InRange(refused, 0, s_filters / 5);
        Assert.InRange(selected, pairs / 20, pairs * 19 / 20);
    }
}
