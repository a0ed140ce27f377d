using BpfPS.Maps;

namespace BpfPS.Generation;

/// <summary>
/// The code of a program or function that decides on a record, which R6 points to while it does. It counts those that are not wanted, in
/// a counter for each CPU: one that all share would be the dearest part.
/// </summary>
internal abstract class TestCode
{
    /// <summary>The number of counters, a power of two; CPUs beyond share them.</summary>
    private const int Counters = 64;

    private const int GetProcessorId = 8; // BPF_FUNC_get_smp_processor_id

    private readonly string _map;

    /// <summary>Begins the code.</summary>
    /// <param name="target">The object file that it is a part of.</param>
    /// <param name="map">The map that what is wanted goes into.</param>
    protected TestCode(GeneratedObject target, string map)
    {
        (Object, _map) = (target, map);
        Accept = Code.NewLabel();
        Reject = Code.NewLabel();
    }

    /// <summary>The instructions.</summary>
    public Assembler Code { get; } = new();

    /// <summary>Where a record goes on of which a condition is not decided here.</summary>
    public Assembler.Label Accept { get; protected set; }

    /// <summary>Where a record goes that is not wanted.</summary>
    public Assembler.Label Reject { get; }

    /// <summary>The object file.</summary>
    protected GeneratedObject Object { get; }

    /// <summary>A whole number of eight bytes.</summary>
    protected uint Word => Object.Number("unsigned long long", sizeof(ulong), isSigned: false);

    /// <summary>Adds numbers of eight bytes for the code to look up, and gives the symbol of their place.</summary>
    public string AddTable(byte[] table)
    {
        var name = $"bpfps_table_{_map}_{Object.NextTable()}";
        AddArray(name, table);
        return name;
    }

    /// <summary>Adds the counter of records that are not wanted.</summary>
    /// <param name="target">The object file.</param>
    /// <param name="map">The map that what is wanted goes into.</param>
    /// <param name="prefix">How the counter's name begins.</param>
    public static void AddCounter(GeneratedObject target, string map, string prefix = FilterCounter.Prefix)
    {
        var word = target.Number("unsigned long long", sizeof(ulong), isSigned: false);
        const int bytes = Counters * FilterCounter.Stride;
        target.AddVariable(prefix + map, target.Btf.Array(word, word, bytes / sizeof(ulong)), new byte[bytes]);
    }

    /// <summary>Writes the code that counts a record which is not wanted.</summary>
    /// <param name="prefix">How the counter's name begins.</param>
    protected void Count(string prefix = FilterCounter.Prefix)
    {
        Code.Call(GetProcessorId);
        Code.Calculate(Alu.And, Register.R0, Counters - 1);
        Code.Calculate(Alu.Multiply, Register.R0, FilterCounter.Stride);
        Code.SetAddress(Register.R1, prefix + _map);
        Code.Calculate(Alu.Add, Register.R1, Register.R0);
        Code.Set(Register.R2, 1);
        Code.AddAtomically(Register.R1, 0, Register.R2);
    }

    private void AddArray(string name, byte[] content) => Object.AddVariable(name,
        Object.Btf.Array(Word, Word, (uint)content.Length / sizeof(ulong)), content);
}
