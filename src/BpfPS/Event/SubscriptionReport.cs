using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// Where a subscription says what happens to its events when the cmdlet that made it has ended: in the streams of its job, or on the
/// screen.
/// </summary>
/// <param name="job">The job; null if it has none that the user can see.</param>
/// <param name="show">Shows a warning on the screen; null if none is wanted.</param>
internal sealed class SubscriptionReport(Job? job, Action<string>? show)
{
    /// <summary>Adds a message.</summary>
    public void Add(BpfMessageLevel level, string text)
    {
        if (job is null)
        {
            if (level == BpfMessageLevel.Warning)
            {
                show?.Invoke(text);
            }
        }
        else if (level == BpfMessageLevel.Warning)
        {
            Add(job.Warning, new WarningRecord(text));
        }
        else
        {
            Add(job.Verbose, new VerboseRecord(text));
        }
    }

    /// <summary>Adds an error.</summary>
    public void Add(ErrorRecord error)
    {
        if (job is null)
        {
            show?.Invoke($"{error}");
        }
        else
        {
            Add(job.Error, error);
        }
    }

    private static void Add<T>(PSDataCollection<T> stream, T message)
    {
        try
        {
            stream.Add(message);
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            // The job has ended or was removed: there is nobody to read it.
        }
    }
}
