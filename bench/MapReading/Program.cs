using System.Diagnostics;
using System.Globalization;
using BpfPS;

// MapReading PIN ROUNDS YARDSTICK: reads all entries of a pinned map as typed records, in turn with the yardstick, which
// prints the seconds that it took. A line a round: their seconds and ours. The first round has all compiling in it.
var (pin, rounds, yardstick) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), args[2]);
for (var round = 0; round < rounds; round++)
{
    using var process = Process.Start(new ProcessStartInfo(yardstick, ["read", pin]) { RedirectStandardOutput = true })!;
    var theirs = double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    process.WaitForExit();
    var clock = Stopwatch.StartNew();
    var entries = 0;
    using (var reader = new BpfMapReader(BpfMap.FromPin(pin)))
    {
        while (reader.TryRead(out _))
        {
            entries++;
        }
    }
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{theirs:f4} {clock.Elapsed.TotalSeconds:f4} {entries}"));
}
