namespace BpfPS.Generation;

/// <summary>
/// Where the value of an event's member comes from. Its code has the event in R6, the program's context in R7, the call that returns in
/// R8, and the thread (the process id in its upper half) in R9. It may change R0 to R5.
/// </summary>
internal abstract record MemberSource
{
    /// <summary>What reading text costs beside the others; more is the cost of call stacks.</summary>
    public const int TextCost = 5;

    /// <summary>What it costs beside the others: the cheaper ones are filled first, so that a filter can decide without the rest.</summary>
    public virtual int Cost => 0;

    /// <summary>Writes the code that stores the value.</summary>
    /// <param name="program">The program.</param>
    /// <param name="at">Where in the event, in bytes.</param>
    /// <param name="size">The member's size in bytes.</param>
    public abstract void Emit(ProbeCode program, int at, int size);
}

/// <summary>A number that the program knows in a register, or of which the upper half counts.</summary>
/// <param name="From">The register.</param>
/// <param name="Shift">How many bits it is moved to the right first.</param>
internal sealed record RegisterSource(Register From, int Shift) : MemberSource
{
    public override void Emit(ProbeCode program, int at, int size)
    {
        var from = From;
        if (Shift > 0)
        {
            program.Code.Move(Register.R1, From);
            program.Code.Calculate(Alu.ShiftRight, from = Register.R1, Shift);
        }
        program.Code.Store(Register.R6, at, from, size);
    }
}

/// <summary>A constant.</summary>
/// <param name="Value">Its value.</param>
internal sealed record ConstantSource(int Value) : MemberSource
{
    public override void Emit(ProbeCode program, int at, int size) => program.Code.Store(Register.R6, at, Value, size);
}

/// <summary>Nothing: the member is set where it is needed, or stays zero.</summary>
internal sealed record NoSource : MemberSource
{
    public override void Emit(ProbeCode program, int at, int size)
    {
    }
}

/// <summary>A variable of the object.</summary>
/// <param name="Variable">Its name.</param>
internal sealed record VariableSource(string Variable) : MemberSource
{
    public override void Emit(ProbeCode program, int at, int size)
    {
        program.Code.SetAddress(Register.R1, Variable);
        program.Code.Load(Register.R1, Register.R1, 0, size);
        program.Code.Store(Register.R6, at, Register.R1, size);
    }
}

/// <summary>A number that a helper of the kernel, without arguments, gives.</summary>
/// <param name="Helper">The helper's number (BPF_FUNC_*).</param>
/// <param name="HelperCost">What it costs beside others.</param>
internal sealed record HelperSource(int Helper, int HelperCost) : MemberSource
{
    public override int Cost => HelperCost;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.Code.Call(Helper);
        program.Code.Store(Register.R6, at, Register.R0, size);
    }
}

/// <summary>The upper four bytes of what a helper of the kernel, without arguments, gives.</summary>
/// <param name="Helper">The helper's number (BPF_FUNC_*).</param>
internal sealed record UpperHalfSource(int Helper) : MemberSource
{
    public override int Cost => 1;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.Code.Call(Helper);
        program.Code.Calculate(Alu.ShiftRight, Register.R0, 32);
        program.Code.Store(Register.R6, at, Register.R0, size);
    }
}

/// <summary>The members of a struct.</summary>
/// <param name="Parts">Where each of them is in it and how large it is, in bytes, and where its value comes from.</param>
internal sealed record StructSource(IReadOnlyList<(int At, int Size, MemberSource Source)> Parts) : MemberSource
{
    public override int Cost => Math.Max(3, Parts.Max(part => part.Source.Cost));

    public override void Emit(ProbeCode program, int at, int size)
    {
        foreach (var part in Parts)
        {
            part.Source.Emit(program, at + part.At, part.Size);
        }
    }
}

/// <summary>Text that was remembered when the call began.</summary>
internal sealed record SavedTextSource : MemberSource
{
    public override int Cost => TextCost;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        var isNone = code.NewLabel();
        code.Store(Register.R6, at, 0, 1);
        program.FindText(isNone);
        code.Move(Register.R3, Register.R0);
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, Math.Min(size, program.SavedTextBytes));
        code.Call(ProbeCode.ReadKernelText);
        code.Place(isNone);
    }
}

/// <summary>A list of texts that was remembered when the call began.</summary>
internal sealed record SavedTextListSource : MemberSource
{
    public override int Cost => 6;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        var isNone = code.NewLabel();
        code.Store(Register.R6, at, 0, sizeof(uint));
        program.FindText(isNone);
        code.Move(Register.R3, Register.R0);
        code.Calculate(Alu.Add, Register.R3, program.SavedTextBytes);
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, size);
        code.Call(ProbeCode.ReadKernel);
        code.Place(isNone);
    }
}

/// <summary>A number that a function of bpf/probe.bpf.c, without arguments, gives.</summary>
/// <param name="Function">The function's name.</param>
internal sealed record FunctionSource(string Function) : MemberSource
{
    public override int Cost => 3;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.Call(Function);
        program.Code.Store(Register.R6, at, Register.R0, size);
    }
}

/// <summary>What a function of bpf/probe.bpf.c writes to an address.</summary>
/// <param name="Function">The function's name.</param>
internal sealed record FunctionBytesSource(string Function) : MemberSource
{
    public override int Cost => 3;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.AddressOf(Register.R1, at);
        program.Call(Function, hasPlace: true);
    }
}

/// <summary>The name of the current thread.</summary>
internal sealed record CommandSource : MemberSource
{
    private const int GetCurrentCommand = 16; // BPF_FUNC_get_current_comm

    public override int Cost => 2;

    public override void Emit(ProbeCode program, int at, int size)
    {
        program.AddressOf(Register.R1, at);
        program.Code.Set(Register.R2, size);
        program.Code.Call(GetCurrentCommand);
    }
}

/// <summary>A number that the program's context has.</summary>
/// <param name="Value">Where it is.</param>
internal sealed record ValueSource(ProbeValue Value) : MemberSource
{
    public override void Emit(ProbeCode program, int at, int size)
    {
        Value.Emit(program, Register.R1);
        program.Code.Store(Register.R6, at, Register.R1, size);
    }
}

/// <summary>Bytes that the program's context has.</summary>
/// <param name="Offset">Where they are, in bytes.</param>
internal sealed record ContextBytesSource(int Offset) : MemberSource
{
    private const int MostLoads = 16;

    public override int Cost => 1;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        if (size <= MostLoads * sizeof(ulong))
        {
            for (var done = 0; done < size;)
            {
                var piece = Piece(Offset + done, at + done, size - done);
                code.Load(Register.R1, Register.R7, Offset + done, piece);
                code.Store(Register.R6, at + done, Register.R1, piece);
                done += piece;
            }
            return;
        }
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, size);
        code.Move(Register.R3, Register.R7);
        code.Calculate(Alu.Add, Register.R3, Offset);
        code.Call(ProbeCode.ReadKernel);
    }

    /// <summary>How many bytes can be moved at once: the verifier wants both places aligned.</summary>
    private static int Piece(int from, int to, int left)
    {
        var size = sizeof(ulong);
        while (size > left || from % size != 0 || to % size != 0)
        {
            size /= 2;
        }
        return size;
    }
}

/// <summary>Text at an address; empty where it cannot be read.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsOfUser">Whether it is an address of the current process, not of the kernel.</param>
internal sealed record TextSource(ProbeValue Address, bool IsOfUser) : MemberSource
{
    public override int Cost => TextCost;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        Address.Emit(program, Register.R3);
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, size);
        code.Call(IsOfUser ? ProbeCode.ReadUserText : ProbeCode.ReadKernelText);
        var isRead = code.NewLabel();
        code.GoIf(Jump.SignedGreater, Register.R0, 0, isRead);
        code.Store(Register.R6, at, 0, 1);
        code.Place(isRead);
    }
}

/// <summary>Bytes at an address; zero where they cannot be read.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsOfUser">Whether it is an address of the current process, not of the kernel.</param>
internal sealed record BytesSource(ProbeValue Address, bool IsOfUser) : MemberSource
{
    public override int Cost => 4;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        Address.Emit(program, Register.R3);
        program.AddressOf(Register.R1, at);
        code.Set(Register.R2, size);
        code.Call(IsOfUser ? ProbeCode.ReadUser : ProbeCode.ReadKernel); // the kernel clears what it cannot read
    }
}

/// <summary>An address with a port that a sockaddr has.</summary>
/// <param name="Address">The sockaddr's address.</param>
/// <param name="IsOfUser">Whether it is an address of the current process, not of the kernel.</param>
internal sealed record EndpointSource(ProbeValue Address, bool IsOfUser = true) : MemberSource
{
    public override int Cost => 4;

    public override void Emit(ProbeCode program, int at, int size)
    {
        Address.Emit(program, Register.R2);
        program.AddressOf(Register.R1, at);
        program.Call(IsOfUser ? ProbeCode.FillEndpoint : ProbeCode.FillKernelEndpoint, hasPlace: true, hasAddress: true);
    }
}

/// <summary>The errno of a system call's result, or 0.</summary>
/// <param name="Result">The result.</param>
internal sealed record ErrnoSource(ProbeValue Result) : MemberSource
{
    private const int LargestErrno = 4095; // MAX_ERRNO

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        var (isNone, isDone) = (code.NewLabel(), code.NewLabel());
        Result.Emit(program, Register.R1);
        code.GoIf(Jump.SignedGreaterOrEqual, Register.R1, 0, isNone);
        code.GoIf(Jump.SignedLess, Register.R1, -LargestErrno, isNone);
        code.Calculate(Alu.Negate, Register.R1, 0);
        code.Go(isDone);
        code.Place(isNone);
        code.Set(Register.R1, 0);
        code.Place(isDone);
        code.Store(Register.R6, at, Register.R1, size);
    }
}

/// <summary>How long the call took that returns.</summary>
internal sealed record DurationSource : MemberSource
{
    private const int GetTime = 5; // BPF_FUNC_ktime_get_ns

    public override int Cost => 2;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        code.Call(GetTime);
        code.Load(Register.R1, Register.R8, 0, sizeof(ulong));
        code.Calculate(Alu.Subtract, Register.R0, Register.R1);
        code.Store(Register.R6, at, Register.R0, size);
    }
}

/// <summary>The id of the current stack in a map of stacks, or a negative errno.</summary>
/// <param name="Map">The map.</param>
/// <param name="IsOfUser">Whether it is the stack in user space.</param>
internal sealed record StackSource(string Map, bool IsOfUser) : MemberSource
{
    private const int GetStackId = 27; // BPF_FUNC_get_stackid
    private const int UserStack = 1 << 8; // BPF_F_USER_STACK

    public override int Cost => 6;

    public override void Emit(ProbeCode program, int at, int size)
    {
        var code = program.Code;
        code.Move(Register.R1, Register.R7);
        code.SetAddress(Register.R2, Map);
        code.Set(Register.R3, IsOfUser ? UserStack : 0);
        code.Call(GetStackId);
        code.Store(Register.R6, at, Register.R0, size);
    }
}
