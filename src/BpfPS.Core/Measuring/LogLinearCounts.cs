namespace BpfPS.Measuring;

/// <summary>
/// Counts of positive numbers in buckets that grow with the numbers: each power of two is divided into 128 buckets of the same width, so
/// that a bucket is never wider than a 128th of the numbers in it. A power of two with no number in it takes no memory.
/// </summary>
internal sealed class LogLinearCounts
{
    /// <summary>The number of buckets of a power of two.</summary>
    public const int BucketsInOctave = 128;

    private const int Exponents = 2047; // of doubles that are not infinite

    // A bucket's number is the top of a double: its exponent, and seven bits of its fraction.
    private const int BucketShift = 52 - 7;

    private readonly SortedList<int, long[]> _octaves = []; // by the exponent as a double has it

    private int _latest = -1;
    private long[] _latestCounts = [];

    /// <summary>Counts a number.</summary>
    /// <param name="number">A positive number that is not infinite.</param>
    public void Add(double number)
    {
        var bucket = (int)(BitConverter.DoubleToInt64Bits(number) >> BucketShift);
        Octave(bucket / BucketsInOctave)[bucket % BucketsInOctave]++;
    }

    /// <summary>Counts what another one has counted.</summary>
    public void Add(LogLinearCounts other)
    {
        foreach (var (exponent, counts) in other._octaves)
        {
            AddTo(Octave(exponent), counts);
        }
    }

    /// <summary>Adds to the count of a bucket.</summary>
    /// <param name="bucket">A number that <see cref="Buckets"/> had.</param>
    /// <param name="count">How much to add.</param>
    public void Add(int bucket, long count) => Octave(bucket / BucketsInOctave)[bucket % BucketsInOctave] += count;

    /// <summary>The buckets with a count, from the least numbers to the greatest.</summary>
    public IEnumerable<(int Bucket, long Count)> Buckets
    {
        get
        {
            foreach (var (exponent, counts) in _octaves)
            {
                for (var index = 0; index < BucketsInOctave; index++)
                {
                    if (counts[index] > 0)
                    {
                        yield return (exponent * BucketsInOctave + index, counts[index]);
                    }
                }
            }
        }
    }

    /// <summary>The counts of powers of two, from the least to the greatest: of the numbers from 2^e up to 2^(e+1).</summary>
    public IEnumerable<(double From, double To, long Count)> Octaves => _octaves.Select(octave =>
        (From(octave.Key * BucketsInOctave), From((octave.Key + 1) * BucketsInOctave), octave.Value.Sum()));

    /// <summary>Whether a number can be that of a bucket.</summary>
    public static bool IsBucket(long bucket) => bucket is >= 0 and < Exponents * BucketsInOctave;

    /// <summary>The least number of a bucket; that of the next bucket is the end of it.</summary>
    public static double From(int bucket) => BitConverter.Int64BitsToDouble((long)bucket << BucketShift);

    private long[] Octave(int exponent)
    {
        if (exponent == _latest)
        {
            return _latestCounts;
        }
        if (!_octaves.TryGetValue(exponent, out var counts))
        {
            _octaves.Add(exponent, counts = new long[BucketsInOctave]);
        }
        (_latest, _latestCounts) = (exponent, counts);
        return counts;
    }

    private static void AddTo(Span<long> sum, ReadOnlySpan<long> counts)
    {
        for (var index = 0; index < BucketsInOctave; index++)
        {
            sum[index] += counts[index];
        }
    }
}
