using System.Collections;
using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the numbers of CPUs.</summary>
public sealed class CpuCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        CpuList.Online().Select(cpu => (cpu.ToString(CultureInfo.InvariantCulture), $"CPU {cpu.ToString(CultureInfo.InvariantCulture)}"));
}
