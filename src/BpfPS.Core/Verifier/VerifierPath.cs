namespace BpfPS.Verifier;

/// <summary>
/// The instructions from the start of the program to the current place in the log. When the verifier goes
/// back to a branch, the instructions after the branch are removed from the path.
/// </summary>
internal sealed class VerifierPath(string log)
{
    private readonly List<Entry> _entries = [];
    // The last place of each instruction on the path; each entry knows the place before.
    private readonly Dictionary<int, int> _last = [];

    public int Count => _entries.Count;

    public void Add(int index, Range text, Range source)
    {
        _entries.Add(new Entry(index, text, source, _last.GetValueOrDefault(index, -1)));
        _last[index] = _entries.Count - 1;
    }

    /// <summary>
    /// Goes back to a branch. If a log begins in the middle of a path, the branch may be unknown, and nothing is removed.
    /// </summary>
    public void GoBackTo(int branch)
    {
        if (!_last.TryGetValue(branch, out var position) || position < 0)
        {
            return;
        }
        for (var i = _entries.Count - 1; i > position; i--)
        {
            if (_last[_entries[i].Index] == i)
            {
                _last[_entries[i].Index] = _entries[i].Before;
            }
        }
        _entries.RemoveRange(position + 1, _entries.Count - position - 1);
        // The verifier goes back to each branch once. The next time, it means an earlier pass.
        _last[branch] = _entries[position].Before;
    }

    public void Clear()
    {
        _entries.Clear();
        _last.Clear();
    }

    /// <summary>The last pass over an instruction, or over any instruction.</summary>
    public (VerifierInstruction Instruction, Range Source)? Last(int? index)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (index is null || _entries[i].Index == index)
            {
                return (new VerifierInstruction(_entries[i].Index, log[_entries[i].Text]), _entries[i].Source);
            }
        }
        return null;
    }

    /// <summary>The number of different instructions on the path.</summary>
    public int DistinctCount => _entries.Select(entry => entry.Index).Distinct().Count();

    public VerifierStep[] ToArray()
    {
        var steps = new VerifierStep[_entries.Count];
        for (var i = 0; i < steps.Length; i++)
        {
            var entry = _entries[i];
            bool? branch = i + 1 < steps.Length && IsConditional(log.AsSpan(entry.Text)) ? _entries[i + 1].Index != entry.Index + 1 : null;
            steps[i] = new VerifierStep(log, entry.Index, entry.Text, entry.Source, branch);
        }
        return steps;
    }

    // "(15) if r0 == 0x0 goto pc+2"
    private static bool IsConditional(ReadOnlySpan<char> text) => text.Length > 8 && text[5..].StartsWith("if ");

    private readonly record struct Entry(int Index, Range Text, Range Source, int Before);
}
