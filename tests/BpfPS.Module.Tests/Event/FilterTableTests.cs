namespace BpfPS.Module.Tests.Event;

/// <summary>The table of docs/filters.md says where each operator is decided for each kind of member, and so it is.</summary>
public sealed class FilterTableTests : IDisposable
{
    // One member of each column, a constant that it is compared with, and another member of its kind.
    private static readonly (string Member, string Constant, string Other)[] s_columns =
    [
        ("$_.u32", "5", "$_.u16"), ("$_.colour", "'COLOUR_BLUE'", "$_.u32"), ("$_.yes", "$true", "$_.no"),
        ("$_.duration", "'00:00:01'", "$_.duration"), ("$_.ipv4", "'192.0.2.1'", "$_.ipv4"), ("$_.text", "'hello'", "$_.full"),
        ("$_.time", "([datetime]'2024-05-06')", "$_.time"), ("$_.real", "1.5", "$_.small_real"), ("$_.numbers", "1", "$_.numbers"),
    ];

    // A filter of each row, with {0} for the member, {1} for the constant and {2} for the other member.
    private static readonly string[] s_rows =
    [
        "{0}", "{0} -eq {1}", "{0} -eq {2}", "{0} -gt {1}", "{0} -in {1}, {1}", "{0} -like 'h*'", "{0} -match 'el'", "{0} + 1 -gt 3",
        "{0} + {2} -gt 3", "{0} % 3 -eq 1", "{0} -band 1", "{0} -shr 1 -gt 3", "{0} -contains {1}",
    ];

    // Properties and methods are other ones for each kind.
    private static readonly string[] s_properties =
    [
        "$_.u32.Length", "$_.colour.Length", "$_.yes.Length", "$_.duration.TotalSeconds -gt 1",
        "$_.ipv4.AddressFamily -eq 'InterNetwork'", "$_.text.Length -gt 3", "$_.time.Year -gt 2000", "$_.real.Length",
        "$_.numbers.Length -gt 1",
    ];

    private readonly Session _session = new();
    private readonly FilterInKernel _kernel;

    public FilterTableTests() => _kernel = new FilterInKernel(_session);

    public void Dispose()
    {
        _kernel.Dispose();
        _session.Dispose();
    }

    [Fact]
    public void Each_cell_says_where_that_is_decided()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "docs/filters.md")).Where(line => line.StartsWith('|')).Skip(2)
            .Select(line => line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray()).ToArray();
        Assert.Equal(s_rows.Length + 3, lines.Length);
        var wrong = new List<string>();
        for (var row = 0; row < lines.Length; row++)
        {
            Assert.Equal(s_columns.Length + 1, lines[row].Length);
            for (var column = 0; column < s_columns.Length; column++)
            {
                var (member, constant, other) = s_columns[column];
                var filter = row < s_rows.Length
                    ? string.Format(System.Globalization.CultureInfo.InvariantCulture, s_rows[row], member, constant, other)
                    : (row - s_rows.Length) switch
                    {
                        0 => s_properties[column],
                        1 => $"{member}.{(member == "$_.text" ? "StartsWith" : "GetHashCode")}({(member == "$_.text" ? constant : "")})",
                        _ => $"{member}[0] -eq 1",
                    };
                var cell = lines[row][column + 1];
                var said = cell.Split(' ', ',', ':')[0];
                var found = _kernel.Where(filter);
                if (said != found && !(said == "as" && found == "kernel"))
                {
                    wrong.Add($"{lines[row][0]}, {member}: the table says '{cell}', and {{ {filter} }} is {found}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
