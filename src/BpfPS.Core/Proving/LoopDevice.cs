using System.Globalization;

namespace BpfPS.Proving;

/// <summary>A disk of a proof's own, in a file of its directory: nobody else uses it, so that its counters are exact.</summary>
internal sealed class LoopDevice : IDisposable
{
    private const int MajorAt = 20; // dev_t

    private readonly ProofRun _run;

    /// <summary>Makes one.</summary>
    /// <param name="run">Where its file goes, and what runs the programs.</param>
    /// <param name="bytes">Its size.</param>
    /// <exception cref="BpfException">There are no loop devices here.</exception>
    public LoopDevice(ProofRun run, long bytes)
    {
        _run = run;
        BackingFile = Path.Combine(run.FolderOnDisk, "disk");
        using (var file = new FileStream(BackingFile, FileMode.CreateNew))
        {
            var block = new byte[1 << 20];
            for (var written = 0L; written < bytes; written += block.Length)
            {
                file.Write(block, 0, (int)Math.Min(block.Length, bytes - written));
            }
        }
        var made = run.Shell("losetup --show -f \"$1\" 2>&1", BackingFile);
        if (made.ExitCode != 0)
        {
            throw ProofRun.NotHere($"A disk to test with cannot be made here: {made.Output.Trim()}");
        }
        DevicePath = made.Output.Trim();
        // Where there is udev it looks at every new disk.
        run.Shell("udevadm settle --timeout=5 2>/dev/null");
        var numbers = File.ReadAllText($"/sys/block/{Name}/dev").Trim().Split(':').Select(Number).ToArray();
        Device = (uint)(numbers[0] << MajorAt | numbers[1]);
        InTraces = string.Create(CultureInfo.InvariantCulture, $"{numbers[0]},{numbers[1]} ");
    }

    /// <summary>Its path in /dev.</summary>
    public string DevicePath { get; }

    /// <summary>The file that has its data.</summary>
    public string BackingFile { get; }

    /// <summary>The kernel's dev_t.</summary>
    public uint Device { get; }

    /// <summary>How the kernel's trace of its tracepoints begins for it.</summary>
    public string InTraces { get; }

    private string Name => Path.GetFileName(DevicePath);

    /// <summary>What the kernel has counted of it.</summary>
    public DiskCounters Counters()
    {
        var all = File.ReadAllText($"/sys/block/{Name}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray();
        return new DiskCounters(all[0], all[2], all[3], all[4], all[6], all[7], all[11], all[13]);
    }

    /// <summary>Takes it off.</summary>
    public void Dispose() => _run.Shell("losetup -d \"$1\"", DevicePath);

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
