namespace BpfPS.Measuring;

/// <summary>Counts of numbers in buckets of one width. When there are too many buckets, each two become one of twice the width.</summary>
/// <param name="width">The width of a bucket.</param>
internal sealed class LinearCounts(double width)
{
    private const int MostBuckets = 1024;

    private SortedDictionary<long, long> _counts = [];

    /// <summary>The width of a bucket.</summary>
    public double Width { get; private set; } = width;

    /// <summary>Adds to the count of the bucket that a number is in.</summary>
    /// <param name="number">A number that is not infinite.</param>
    /// <param name="count">How much to add.</param>
    public void Add(double number, long count = 1)
    {
        // Beyond this, a double has no fraction to tell buckets apart with.
        const double Most = 1L << 53;
        while (Math.Abs(number / Width) > Most)
        {
            Widen();
        }
        var bucket = (long)Math.Floor(number / Width);
        _counts[bucket] = _counts.GetValueOrDefault(bucket) + count;
        while (_counts.Count > MostBuckets)
        {
            Widen();
        }
    }

    /// <summary>Counts what another one has counted. The wider buckets of the two are those of the sum.</summary>
    public void Add(LinearCounts other)
    {
        while (Width < other.Width)
        {
            Widen();
        }
        foreach (var (bucket, count) in other._counts)
        {
            Add(bucket * other.Width, count);
        }
    }

    /// <summary>The buckets from the first with a count to the last, and those between that are empty unless they are many.</summary>
    public IEnumerable<(double From, double To, long Count)> Buckets
    {
        get
        {
            const int MostEmpty = 8;
            long? next = null;
            foreach (var (bucket, count) in _counts)
            {
                for (var empty = next ?? bucket; empty < bucket && bucket - next <= MostEmpty; empty++)
                {
                    yield return (empty * Width, (empty + 1) * Width, 0);
                }
                yield return (bucket * Width, (bucket + 1) * Width, count);
                next = bucket + 1;
            }
        }
    }

    private void Widen()
    {
        Width *= 2;
        var wider = new SortedDictionary<long, long>();
        foreach (var (bucket, count) in _counts)
        {
            wider[bucket >> 1] = wider.GetValueOrDefault(bucket >> 1) + count;
        }
        _counts = wider;
    }
}
