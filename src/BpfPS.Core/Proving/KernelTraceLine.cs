using System.Globalization;

namespace BpfPS.Proving;

/// <summary>One record of the kernel's own.</summary>
/// <param name="Comm">The name of the task that was running.</param>
/// <param name="Tid">Its thread id; 0 if the CPU had nothing to do.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="Time">When, by the clock of <see cref="KernelTrace.Now"/>, in whole microseconds.</param>
/// <param name="Event">The tracepoint.</param>
/// <param name="Text">Its arguments as "name=value" with spaces between.</param>
internal sealed record KernelTraceLine(string Comm, int Tid, int Cpu, TimeSpan Time, string Event, string Text)
{
    /// <summary>An argument.</summary>
    /// <param name="name">Its name.</param>
    public string this[string name] => Text.Split(' ').FirstOrDefault(word => word.StartsWith($"{name}=", StringComparison.Ordinal))
        ?[(name.Length + 1)..] ?? "";

    /// <summary>An argument that is a number.</summary>
    /// <param name="name">Its name.</param>
    public long Number(string name) => long.Parse(this[name], CultureInfo.InvariantCulture);
}
