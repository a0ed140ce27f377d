using BpfPS.Files;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>
/// Objects in which bytes were changed are read, or refused with an error. libbpf reads them in this process: one that takes it down
/// takes the tests down, which is how it would be seen.
/// </summary>
public sealed class MutantTests
{
    private static readonly int s_mutants = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 1_000_000 : 20_000;

    [Fact]
    public void An_object_with_changed_bytes_is_read_or_refused()
    {
        Live.Require();
        string[] objects = [Repository.Tool("execsnoop"), Repository.TestProgram("types"), Repository.TestProgram("hooks"),
            Repository.TestProgram("many"), Repository.TestProgram("nobtf")];
        var originals = objects.Select(File.ReadAllBytes).ToArray();
        var path = Path.Combine(Path.GetTempPath(), $"bpfps-mutant-{Environment.ProcessId}.bpf.o");
        var (read, refused) = (0, 0);
        try
        {
            for (var seed = 0; seed < s_mutants; seed++)
            {
                File.WriteAllBytes(path, Mutate(originals[seed % originals.Length], new Random(seed)));
                try
                {
                    _ = BpfObjectSpec.Read(path);
                    read++;
                }
                catch (BpfException e)
                {
                    Assert.True(e.Kind is BpfErrorKind.InvalidData or BpfErrorKind.NotSupported, $"seed {seed}: {e}");
                    refused++;
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
        // Both ways were gone, so that the check neither lets everything through nor stops everything.
        Assert.InRange(read, s_mutants / 20, s_mutants);
        Assert.InRange(refused, s_mutants / 20, s_mutants);
    }

    [Theory]
    [InlineData("types")]
    [InlineData("hooks")]
    [InlineData("many")]
    [InlineData("guest")]
    [InlineData("congestion")]
    [InlineData("nobtf")]
    public void What_a_compiler_writes_is_sound(string name) =>
        ObjectLayout.Check(BpfPS.Host.ElfImage.TryRead(File.ReadAllBytes(Repository.TestProgram(name)))!);

    /// <summary>Changes a few numbers: in the header, in the section headers at the end, or anywhere.</summary>
    private static byte[] Mutate(byte[] original, Random random)
    {
        var mutant = original.ToArray();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(4) switch
            {
                0 => random.Next(64),
                1 => random.Next(Math.Max(0, mutant.Length - 64 * 32), mutant.Length),
                _ => random.Next(mutant.Length),
            };
            switch (random.Next(4))
            {
                case 0: mutant[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: mutant[at] = (byte)random.Next(256); break;
                case 2: mutant.AsSpan(at, Math.Min(4, mutant.Length - at)).Fill((byte)(random.Next(2) == 0 ? 0xff : 0)); break;
                default: mutant.AsSpan(at, Math.Min(8, mutant.Length - at)).Fill((byte)random.Next(256)); break;
            }
        }
        return random.Next(20) == 0 ? mutant[..random.Next(mutant.Length)] : mutant;
    }
}
