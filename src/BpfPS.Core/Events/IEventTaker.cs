namespace BpfPS.Events;

/// <summary>Takes the events of an <see cref="EventPump"/>, on the pump's own thread.</summary>
internal interface IEventTaker
{
    /// <summary>Whether there is room for an event. While there is none, the pump leaves the events where they are.</summary>
    bool HasRoom { get; }

    /// <summary>Takes an event.</summary>
    /// <param name="record">The event.</param>
    void Take(BpfRecord record);

    /// <summary>Says that no more events come, after everything that belonged to the stream has been released.</summary>
    /// <param name="error">Why the stream broke off; null if it came to its end.</param>
    void End(BpfException? error);
}
