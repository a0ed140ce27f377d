using BpfPS.Maps;

namespace BpfPS.Generation;

/// <summary>
/// The function that decides in the kernel which records of a ring buffer are wanted: int filter(const void *record, __u64 length). It
/// counts those that are not, in a counter for each CPU: one that all share would be the dearest part.
/// </summary>
internal sealed class FilterCode
{
    /// <summary>The number of counters, a power of two; CPUs beyond share them.</summary>
    private const int Counters = 64;

    private const int GetProcessorId = 8; // BPF_FUNC_get_smp_processor_id
    private const int MostInstructions = 16_384; // jumps reach twice as far

    private readonly GeneratedObject _object;
    private readonly string _map;
    private readonly uint _word;
    private int _tables;

    private FilterCode(GeneratedObject target, string map)
    {
        _object = target;
        _map = map;
        _word = target.Btf.Int("unsigned long long", sizeof(ulong), isSigned: false);
        Accept = Code.NewLabel();
        Reject = Code.NewLabel();
    }

    /// <summary>The instructions.</summary>
    public Assembler Code { get; } = new();

    /// <summary>Where the record is let through.</summary>
    public Assembler.Label Accept { get; }

    /// <summary>Where it is not.</summary>
    public Assembler.Label Reject { get; }

    /// <summary>The variable that counts the records of a ring buffer that were not wanted.</summary>
    private static string CounterOf(string map) => FilterCounter.Prefix + map;

    /// <summary>The object file with a filter.</summary>
    /// <param name="hook">The function in the program that asks it.</param>
    /// <param name="tests">The conditions, all of which must hold; one that is constant is never so.</param>
    /// <param name="source">The text that the user wrote.</param>
    /// <exception cref="NotSupportedException">It is too large.</exception>
    public static byte[] Make(FilterHook hook, IReadOnlyList<KernelTest> tests, string source)
    {
        var target = new GeneratedObject(FilterCounter.Section);
        var filter = new FilterCode(target, hook.Map);
        filter.Write(tests);
        if (filter.Code.Count > MostInstructions)
        {
            throw new NotSupportedException($"it takes {filter.Code.Count} instructions, more than the {MostInstructions} of a filter");
        }
        var btf = target.Btf;
        var record = btf.Pointer(btf.Const(hook.RecordType(btf)));
        target.AddFunction(hook.Function, btf.FunctionPrototype(btf.Int("int", sizeof(int), isSigned: true),
            [("record", record), ("length", filter._word)]), filter.Code, source);
        return target.ToArray();
    }

    /// <summary>Adds numbers of eight bytes for the code to look up, and gives the symbol of their place.</summary>
    public string AddTable(byte[] table)
    {
        var name = $"bpfps_table_{_map}_{++_tables}";
        AddArray(name, table);
        return name;
    }

    private void Write(IReadOnlyList<KernelTest> tests)
    {
        AddArray(CounterOf(_map), new byte[Counters * FilterCounter.Stride]);
        if (!tests.Any(test => test is ConstantTest))
        {
            Code.Move(Register.R6, Register.R1);
            // What is shorter has no such members. The reader says what becomes of it.
            Code.GoIf(Jump.Less, Register.R2, (int)tests.Max(test => test.Need), Accept);
            foreach (var test in tests.OrderBy(test => test.Cost))
            {
                test.Emit(this, Reject, when: false);
            }
            Code.Place(Accept);
            Code.Set(Register.R0, 1);
            Code.Exit();
        }
        Code.Place(Reject);
        Code.Call(GetProcessorId);
        Code.Calculate(Alu.And, Register.R0, Counters - 1);
        Code.Calculate(Alu.Multiply, Register.R0, FilterCounter.Stride);
        Code.SetAddress(Register.R1, CounterOf(_map));
        Code.Calculate(Alu.Add, Register.R1, Register.R0);
        Code.Set(Register.R2, 1);
        Code.AddAtomically(Register.R1, 0, Register.R2);
        Code.Set(Register.R0, 0);
        Code.Exit();
    }

    private void AddArray(string name, byte[] content) => _object.AddVariable(name,
        _object.Btf.Array(_word, _word, (uint)content.Length / sizeof(ulong)), content);
}
