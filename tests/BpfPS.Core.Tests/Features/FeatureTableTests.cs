using BpfPS.Features;

namespace BpfPS.Core.Tests.Features;

/// <summary>The tables that say how to probe.</summary>
public class FeatureTableTests
{
    [Fact]
    public void Types_of_programs_have_each_number_and_name_once()
    {
        Assert.Equal(Enumerable.Range(1, ProgramKind.All.Count).Select(number => (uint)number),
            ProgramKind.All.Select(kind => kind.Number));
        Assert.Equal(ProgramKind.All.Count, ProgramKind.All.Select(kind => kind.Name).Distinct().Count());
        Assert.All(ProgramKind.All, kind => Assert.All(kind.Loads, load => Assert.Equal(kind.Number, load.Type)));
        Assert.All(ProgramKind.All, kind => Assert.NotEmpty(kind.Loads));
    }

    [Fact]
    public void Ways_to_attach_have_each_number_and_name_once_and_load_what_they_say()
    {
        var numbers = AttachKind.All.Where(kind => kind.Number is not null).Select(kind => kind.Number!.Value).ToArray();

        Assert.Equal(Enumerable.Range(0, numbers.Length).Select(number => (uint)number), numbers);
        Assert.Equal(AttachKind.All.Count, AttachKind.All.Select(kind => kind.Name).Distinct().Count());
        Assert.All(AttachKind.All, kind => Assert.Equal((kind.Name, kind.Kind.Number), (kind.Name, kind.Request.Type)));
        Assert.Empty(AttachKind.All.SelectMany(kind => kind.Words)
            .Intersect(AttachKind.All.Where(kind => kind.Words.Contains(kind.Name)).Select(kind => kind.Name)));
        Assert.Equal(AttachKind.All.Sum(kind => kind.Words.Count), AttachKind.All.SelectMany(kind => kind.Words).Distinct().Count());
    }

    [Fact]
    public void What_came_later_has_a_later_version()
    {
        // The kernel numbers its types as they come; two that came with one release may be either way round.
        Assert.Equal(ProgramKind.All.Select(kind => Version.Parse(kind.Since)).Order(),
            ProgramKind.All.Select(kind => Version.Parse(kind.Since)));
    }
}
