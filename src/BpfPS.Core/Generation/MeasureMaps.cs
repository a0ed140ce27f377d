namespace BpfPS.Generation;

/// <summary>
/// The maps of a generated object that adds up events. A group's key is the number of the interval and the members that events are grouped
/// by; that of a bucket has before it the number of the value, and the bucket.
/// </summary>
internal static class MeasureMaps
{
    /// <summary>The groups, for each CPU: the number of events, and of each value the sum, the least and the greatest.</summary>
    public const string Groups = "groups";

    /// <summary>The buckets of histograms, for each CPU the number of values in them.</summary>
    public const string Buckets = "buckets";

    /// <summary>The variable with the number of the interval.</summary>
    public const string Interval = "bpfps_interval";

    /// <summary>The variable with the number of events whose group found no room.</summary>
    public const string GroupsMissed = "bpfps_groups_missed";

    /// <summary>The variable with the number of values whose bucket found no room.</summary>
    public const string BucketsMissed = "bpfps_buckets_missed";

    /// <summary>The variable that new groups and buckets begin as.</summary>
    public const string Nothing = "bpfps_nothing";

    /// <summary>The members before those that events are grouped by: the number of the value, the bucket, and the interval.</summary>
    public const string ValueNumber = "bpfps_value", Bucket = "bpfps_bucket", IntervalNumber = "bpfps_interval";

    /// <summary>Where a group's key begins in the event: behind what only buckets have.</summary>
    public const int GroupKeyAt = 2 * sizeof(uint);

    /// <summary>What each value has in a group, in bytes: sum, least and greatest.</summary>
    public const int ValueSize = 3 * sizeof(ulong);

    /// <summary>The bits of a number behind its first one that tell its bucket.</summary>
    public const int FractionBits = 7;

    /// <summary>The bucket of zero.</summary>
    public const int Zero = -1;

    /// <summary>What is added to the bucket of a negative number.</summary>
    public const int Negative = 1 << 20;

    /// <summary>The bits by which microseconds are moved to the left, so that what is less than one has buckets too.</summary>
    public const int MicrosecondShift = 10;

    /// <summary>Numbers from here on are all in one bucket.</summary>
    public const long Greatest = 1L << 56;

    /// <summary>What a group has, in bytes.</summary>
    /// <param name="values">How many values are measured.</param>
    public static uint GroupSize(int values) => (uint)(sizeof(ulong) + values * ValueSize);
}
