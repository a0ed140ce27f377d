namespace BpfPS.Generation;

/// <summary>
/// The maps of a generated object that adds up events. A group's key is the number of the interval and the members that events are grouped
/// by; that of a bucket or slot has before it its own number, and that of the value. Where events are not grouped, groups and buckets are
/// arrays, which programs reach without a search: they have room for two intervals, one of which is filled while the other one is read.
/// </summary>
internal static class MeasureMaps
{
    /// <summary>The groups, for each CPU: the number of events, and of each value the sum, the least and the greatest.</summary>
    public const string Groups = "groups";

    /// <summary>The buckets of histograms, for each CPU the number of values in them; in an array by octaves.</summary>
    public const string Buckets = "buckets";

    /// <summary>The slots of histograms, which have one width, for each CPU the number of values in them.</summary>
    public const string Slots = "slots";

    /// <summary>The variable with the number of the interval.</summary>
    public const string Interval = "bpfps_interval";

    /// <summary>The variable with the number of events whose group found no room.</summary>
    public const string GroupsMissed = "bpfps_groups_missed";

    /// <summary>The variable with the number of values whose bucket or slot found no room.</summary>
    public const string BucketsMissed = "bpfps_buckets_missed";

    /// <summary>The variable that new groups, buckets and slots begin as.</summary>
    public const string Nothing = "bpfps_nothing";

    /// <summary>The members before those that events are grouped by: the bucket, the number of the value, and the interval.</summary>
    public const string Bucket = "bpfps_bucket", ValueNumber = "bpfps_value", IntervalNumber = "bpfps_interval";

    /// <summary>Where the number of the value is, in bytes: behind the bucket.</summary>
    public const int ValueNumberAt = sizeof(ulong);

    /// <summary>Where a group's key begins in the event, with the interval: behind what only buckets have.</summary>
    public const int GroupKeyAt = ValueNumberAt + sizeof(uint);

    /// <summary>Where the key ends of events that are not grouped: it is the interval alone.</summary>
    public const int UngroupedKeyEnd = GroupKeyAt + sizeof(uint);

    /// <summary>The intervals that arrays have room for.</summary>
    public const int Intervals = 2;

    /// <summary>What each value has in a group, in bytes: sum, least, greatest, and the upper half of the sum.</summary>
    public const int ValueSize = 4 * sizeof(ulong);

    /// <summary>The bits of a number behind its first one that tell its bucket.</summary>
    public const int FractionBits = 7;

    /// <summary>The number of buckets in an octave, which is what lies between two powers of two.</summary>
    public const int BucketsInOctave = 1 << FractionBits;

    /// <summary>The bucket of zero, behind those of positive numbers.</summary>
    public const int Zero = 64 * BucketsInOctave;

    /// <summary>What is added to the bucket of a negative number.</summary>
    public const int Negative = Zero + BucketsInOctave;

    /// <summary>The octaves of one value, with that of zero: numbers of 64 bits, positive and negative ones.</summary>
    public const int Octaves = 2 * 64 + 1;

    /// <summary>The bits by which microseconds are moved to the left, so that what is less than one has buckets too.</summary>
    public const int MicrosecondShift = 10;

    /// <summary>What a group has, in bytes.</summary>
    /// <param name="values">How many values are measured.</param>
    public static uint GroupSize(int values) => (uint)(sizeof(ulong) + values * ValueSize);
}
