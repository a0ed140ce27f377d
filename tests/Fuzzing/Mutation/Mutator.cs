using System.Text;
using BpfPS.Fuzzing.Targets;

namespace BpfPS.Fuzzing.Mutation;

/// <summary>Makes new inputs of those that there are.</summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    private readonly byte[][] _words = [.. target.Words.Select(Encoding.Latin1.GetBytes)];

    /// <summary>A changed copy of an input, no longer than the target wants it.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, parts of which can be taken.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        // Mostly a single change: of many, one spoils the input for the others.
        for (var changes = 1 << random.Next(random.Next(4) == 0 ? 4 : 2); changes > 0; changes--)
        {
            input = Once(input, other);
        }
        return input.Length <= target.LongestInput ? input : input[..target.LongestInput];
    }

    private byte[] Once(byte[] input, byte[] other) => target.Form switch
    {
        InputForm.Text => TextMutator.Mutate(input, other, _words, random),
        InputForm.Btf => BtfMutator.Mutate(input, other, random),
        InputForm.BtfAndExtension => BtfMutator.MutateWithExtension(input, other, random),
        InputForm.Elf => ElfMutator.Mutate(input, other, target.Sections, random),
        _ => ByteMutator.Mutate(input, other, _words, random),
    };
}
