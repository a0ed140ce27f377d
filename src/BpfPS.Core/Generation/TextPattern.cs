namespace BpfPS.Generation;

/// <summary>
/// What text has to be: elements, each of which takes one character, and gaps between them that take any. A program in the kernel
/// compares text with it by the bits of one word (bitap): bit i says that the first i elements are matched.
/// </summary>
/// <param name="Elements">For each element, which characters it takes, by their numbers from 0 to 127.</param>
/// <param name="Gaps">The numbers of elements behind which any text may be, from 0 to their count.</param>
internal sealed record TextPattern(IReadOnlyList<Func<char, bool>> Elements, IReadOnlySet<int> Gaps)
{
    /// <summary>The number of bits that it takes.</summary>
    public int Bits => Elements.Count + 1;

    /// <summary>One that begins with text.</summary>
    /// <param name="text">The text, of ASCII characters.</param>
    /// <param name="same">Whether two characters are the same.</param>
    /// <param name="gapBefore">Whether any text may be before it.</param>
    /// <param name="gapBehind">Whether any text may be behind it.</param>
    public static TextPattern Of(string text, Func<char, char, bool> same, bool gapBefore = false, bool gapBehind = false)
    {
        var gaps = new HashSet<int>();
        if (gapBefore)
        {
            gaps.Add(0);
        }
        if (gapBehind)
        {
            gaps.Add(text.Length);
        }
        return new TextPattern([.. text.Select(wanted => (Func<char, bool>)(c => same(wanted, c)))], gaps);
    }
}
