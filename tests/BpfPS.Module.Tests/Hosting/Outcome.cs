namespace BpfPS.Module.Tests.Hosting;

/// <summary>What a script gave on each of its streams.</summary>
/// <param name="Output">Its objects.</param>
/// <param name="Errors">Its errors; one that ended it comes last.</param>
/// <param name="Warnings">Its warnings.</param>
/// <param name="Verbose">Its verbose messages.</param>
/// <param name="Debug">Its debug messages.</param>
/// <param name="WasTerminated">Whether an error ended it.</param>
internal sealed record Outcome(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<string> Debug,
    bool WasTerminated)
{
    /// <summary>The only object, of a script that succeeded.</summary>
    public PSObject Only
    {
        get
        {
            Succeeded();
            return Assert.Single(Output);
        }
    }

    /// <summary>The only error.</summary>
    public ErrorRecord Error =>
        Errors.Count == 1 ? Errors[0]
            : throw new InvalidOperationException($"There are {Errors.Count} errors instead of one: {string.Join(" / ", Errors)}");

    /// <summary>Fails the test when there were errors.</summary>
    public Outcome Succeeded()
    {
        Assert.True(Errors.Count == 0, string.Join(Environment.NewLine, Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}")));
        return this;
    }

    /// <summary>Checks the only error: one that tells what it is, what it is about, and what to do.</summary>
    /// <param name="id">Its id, without the command's name.</param>
    /// <param name="category">Its category.</param>
    /// <param name="target">What it is about, or null where that is not looked at.</param>
    public ErrorRecord FailedWith(string id, ErrorCategory category, object? target = null)
    {
        var error = Error;
        Assert.StartsWith(id + ",BpfPS.Commands.", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject);
        }
        Assert.False(string.IsNullOrWhiteSpace(error.ErrorDetails?.RecommendedAction), $"The error tells no way out: {error}");
        return error;
    }
}
