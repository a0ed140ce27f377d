namespace BpfPS.Generation;

/// <summary>
/// The function that decides in the kernel which records of a ring buffer are wanted: int filter(const void *record, __u64 length).
/// </summary>
internal sealed class FilterCode : TestCode
{
    private const int MostInstructions = 16_384; // jumps reach twice as far

    private FilterCode(GeneratedObject target, string map) : base(target, map)
    {
    }

    /// <summary>The object file with a filter.</summary>
    /// <param name="hook">The function in the program that asks it.</param>
    /// <param name="tests">The conditions, all of which must hold; one that is constant is never so.</param>
    /// <param name="source">The text that the user wrote.</param>
    /// <exception cref="NotSupportedException">It is too large.</exception>
    public static byte[] Make(FilterHook hook, IReadOnlyList<KernelTest> tests, string source)
    {
        var target = new GeneratedObject(Maps.FilterCounter.Section);
        AddCounter(target, hook.Map);
        var filter = new FilterCode(target, hook.Map);
        filter.Write(tests);
        RequireSize(filter.Code);
        var btf = target.Btf;
        var record = btf.Pointer(btf.Const(hook.RecordType(btf)));
        target.AddFunction(hook.Function, btf.FunctionPrototype(target.Number("int", sizeof(int), isSigned: true),
            [("record", record), ("length", filter.Word)]), filter.Code, source);
        return target.ToArray();
    }

    /// <summary>Fails if code is larger than a filter may be.</summary>
    /// <exception cref="NotSupportedException">It is too large.</exception>
    public static void RequireSize(Assembler code)
    {
        if (code.Count > MostInstructions)
        {
            throw new NotSupportedException($"it takes {code.Count} instructions, more than the {MostInstructions} of a filter");
        }
    }

    private void Write(IReadOnlyList<KernelTest> tests)
    {
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
        Count();
        Code.Set(Register.R0, 0);
        Code.Exit();
    }
}
