using BpfPS.Maps;

namespace BpfPS.Generation;

/// <summary>
/// A program of a probe. R6 has the event while it is filled, R7 the context, R8 the call that returns, R9 the thread, with the process
/// id in its upper half.
/// </summary>
internal sealed class ProbeCode : TestCode
{
    // enum bpf_func_id
    public const int ReadUser = 112, ReadKernel = 113, ReadUserText = 114, ReadKernelText = 115;
    private const int LookUp = 1, Update = 2, Delete = 3, GetTime = 5, GetThread = 14, RingOutput = 130, RingQuery = 134;

    /// <summary>Eight bytes of the stack that a source of a member may use.</summary>
    public const int Temporary = -8;


    /// <summary>The function of bpf/probe.bpf.c that reads a sockaddr.</summary>
    public const string FillEndpoint = "bpfps_probe_endpoint";

    /// <summary>The same for a sockaddr of the kernel.</summary>
    public const string FillKernelEndpoint = "bpfps_probe_kernel_endpoint";

    private readonly ProbeMaps _maps;
    private readonly Assembler.Label _leave;
    private readonly Assembler.Label _forget;
    private readonly bool _endsCall;
    private bool _hasThread;

    /// <summary>Begins a program.</summary>
    /// <param name="target">The object file that it is a part of.</param>
    /// <param name="maps">The maps that it uses.</param>
    /// <param name="endsCall">Whether it runs when a call returns.</param>
    public ProbeCode(GeneratedObject target, ProbeMaps maps, bool endsCall = false) : base(target, ProbeMaps.Events)
    {
        (_maps, _endsCall, _leave, _forget) = (maps, endsCall, Code.NewLabel(), Code.NewLabel());
        Code.Move(Register.R7, Register.R1);
    }

    /// <summary>What tells calls apart; a call that begins lies below it.</summary>
    private int Key => Temporary - _maps.KeySize;

    /// <summary>The room for text that is remembered of a call, in bytes; a list of texts is behind it.</summary>
    public int SavedTextBytes => (int)_maps.TextBytes;

    /// <summary>Puts an address in the event into a register.</summary>
    public void AddressOf(Register to, int at)
    {
        Code.Move(to, Register.R6);
        Code.Calculate(Alu.Add, to, at);
    }

    /// <summary>Calls a function of bpf/probe.bpf.c.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="hasPlace">Whether its first parameter is where it writes to.</param>
    /// <param name="hasAddress">Whether its second one is an address that it reads.</param>
    public void Call(string function, bool hasPlace = false, bool hasAddress = false)
    {
        string[] parameters = hasAddress ? ["to", "address"] : hasPlace ? ["to"] : [];
        Object.RequireExternal(function, parameters);
        Code.Call(function);
    }

    /// <summary>Writes the beginning of a program: whether the current task is wanted, and its number.</summary>
    /// <param name="tasks">Which tasks are wanted.</param>
    public void Begin(TracedTasks tasks = TracedTasks.Wanted)
    {
        if (tasks != TracedTasks.Any)
        {
            Call("bpfps_probe_is_target");
            Code.GoIf(Jump.Equal, Register.R0, 0, _leave);
        }
        if (tasks == TracedTasks.Busy)
        {
            TakeThread();
            Code.GoIf(Jump.Equal, Register.R9, 0, _leave); // the idle task of every CPU has the numbers 0 and 0
        }
    }

    /// <summary>Writes a whole program that remembers a call until it returns.</summary>
    /// <param name="saved">Its arguments that are wanted then.</param>
    /// <param name="text">The address of text that is gone by then; null for none.</param>
    /// <param name="list">The address of a list of texts that are gone by then; null for none.</param>
    /// <param name="key">What tells the call apart.</param>
    public void Remember(IReadOnlyList<ProbeValue> saved, ProbeValue? text, ProbeValue? list, CallKey key)
    {
        Begin();
        TakeThread();
        var begin = Key - (int)_maps.CallSize;
        for (var i = 0; i < saved.Count; i++)
        {
            saved[i].Emit(this, Register.R1);
            Code.Store(Register.R10, begin + sizeof(ulong) * (1 + i), Register.R1, sizeof(ulong));
        }
        for (var i = saved.Count; i < _maps.Saved; i++)
        {
            Code.Store(Register.R10, begin + sizeof(ulong) * (1 + i), 0, sizeof(ulong));
        }
        Code.Call(GetTime);
        Code.Store(Register.R10, begin, Register.R0, sizeof(ulong));
        StoreKey(key);
        Code.SetAddress(Register.R1, ProbeMaps.Calls);
        PointToKey();
        Code.Move(Register.R3, Register.R10);
        Code.Calculate(Alu.Add, Register.R3, begin);
        Code.Set(Register.R4, 0);
        Code.Call(Update);
        var isKept = Code.NewLabel();
        Code.GoIf(Jump.Equal, Register.R0, 0, isKept);
        Code.SetAddress(Register.R1, ProbeMaps.CallsMissed);
        Code.Set(Register.R2, 1);
        Code.AddAtomically(Register.R1, 0, Register.R2);
        Code.Go(_leave);
        Code.Place(isKept);
        if (text is not null || list is not null)
        {
            RememberText(text, list);
        }
        Leave();
    }

    private void RememberText(ProbeValue? text, ProbeValue? list)
    {
        Code.SetAddress(Register.R1, ProbeMaps.Texts);
        PointToKey();
        Code.SetAddress(Register.R3, ProbeMaps.NoText);
        Code.Set(Register.R4, 0);
        Code.Call(Update);
        FindText(_leave);
        Code.Move(Register.R8, Register.R0);
        if (text is not null)
        {
            text.Emit(this, Register.R3);
            Code.Move(Register.R1, Register.R8);
            Code.Set(Register.R2, SavedTextBytes);
            Code.Call(ReadUserText);
        }
        if (list is not null)
        {
            TextListSource.Emit(this, list, Register.R8, _maps.ListAt);
        }
    }

    /// <summary>Writes code that puts the address of the text that is remembered of a call into R0.</summary>
    /// <param name="isNone">Where to go if there is none.</param>
    public void FindText(Assembler.Label isNone)
    {
        Code.SetAddress(Register.R1, ProbeMaps.Texts);
        PointToKey();
        Code.Call(LookUp);
        Code.GoIf(Jump.Equal, Register.R0, 0, isNone);
    }

    /// <summary>Writes code that finds the call that returns.</summary>
    /// <param name="key">What tells the call apart.</param>
    public void FindCall(CallKey key)
    {
        TakeThread();
        StoreKey(key);
        Code.SetAddress(Register.R1, ProbeMaps.Calls);
        PointToKey();
        Code.Call(LookUp);
        Code.GoIf(Jump.Equal, Register.R0, 0, _leave);
        Code.Move(Register.R8, Register.R0);
    }

    /// <summary>Writes the rest of a program: it fills an event, decides on it as soon as it can, and sends it or adds it up.</summary>
    /// <param name="record">The event.</param>
    /// <param name="tests">The conditions, all of which must hold, with the members that each of them looks at.</param>
    /// <param name="measured">What is added up of it, in place of sending it; null to send it.</param>
    /// <param name="isGrouped">Whether that is added up by groups.</param>
    public void Send(TracedRecord record, IReadOnlyList<StagedTest> tests, IReadOnlyList<MeasuredValue>? measured = null,
        bool isGrouped = false)
    {
        TakeRecord();
        var filled = new HashSet<string>();
        foreach (var test in tests.OrderBy(test => record.CostOf(test.Members)).ThenBy(test => test.Test.Cost))
        {
            Fill(record.Members.Where(member => test.Members.Contains(member.Name)));
            Accept = Code.NewLabel();
            test.Test.Emit(this, Reject, when: false);
            Code.Place(Accept);
        }
        Fill(record.Members);
        if (measured is null)
        {
            Output((int)record.Size);
        }
        else
        {
            new MeasureCode(Code, measured, isGrouped).Emit();
        }
        if (tests.Count > 0)
        {
            Code.Go(_forget);
            Code.Place(Reject);
            Count();
        }
        Code.Place(_forget);
        if (_endsCall)
        {
            Forget(ProbeMaps.Calls);
            if (_maps.HasText)
            {
                Forget(ProbeMaps.Texts);
            }
        }
        Leave();

        void Fill(IEnumerable<TracedMember> members)
        {
            foreach (var member in members.Where(member => filled.Add(member.Name)).OrderBy(member => member.Source.Cost))
            {
                var at = (int)record.OffsetOf(member);
                if (member.Source is RegisterSource { From: Register.R9 })
                {
                    TakeThread();
                }
                if (measured is not null && at < record.KeyEnd && member.Source is TextSource or SavedTextSource)
                {
                    Clear(at, (int)member.Size); // what is behind the text's end is a part of the key
                }
                member.Source.Emit(this, at, (int)member.Size);
            }
        }
    }

    /// <summary>Puts the thread into R9, where it is not there yet: an event that is rejected before need not know it.</summary>
    private void TakeThread()
    {
        if (_hasThread)
        {
            return;
        }
        _hasThread = true;
        Code.Call(GetThread);
        Code.Move(Register.R9, Register.R0);
    }

    private void Clear(int at, int size)
    {
        for (var done = 0; done < size;)
        {
            var piece = (at + done) % sizeof(ulong) == 0 && size - done >= sizeof(ulong) ? sizeof(ulong) : 1;
            Code.Store(Register.R6, at + done, 0, piece);
            done += piece;
        }
    }

    private void TakeRecord()
    {
        Code.Store(Register.R10, Temporary, 0, sizeof(uint));
        Code.SetAddress(Register.R1, ProbeMaps.Scratch);
        Code.Move(Register.R2, Register.R10);
        Code.Calculate(Alu.Add, Register.R2, Temporary);
        Code.Call(LookUp);
        Code.GoIf(Jump.Equal, Register.R0, 0, _forget);
        Code.Move(Register.R6, Register.R0);
    }

    /// <summary>Writes code that sends an event, and wakes the reader as bpfps_wake_up() of bpfps.h does.</summary>
    private void Output(int size)
    {
        const int produced = 3, noWakeUp = 1, forceWakeUp = 2; // BPF_RB_PROD_POS, BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP
        var (send, isSent) = (Code.NewLabel(), Code.NewLabel());
        if (_maps.HasRate)
        {
            var takes = Code.NewLabel();
            Call("bpfps_probe_take");
            Code.GoIf(Jump.NotEqual, Register.R0, 0, takes);
            Count(FilterCounter.RatePrefix);
            Code.Go(isSent);
            Code.Place(takes);
        }
        Code.SetAddress(Register.R1, ProbeMaps.Stream);
        Code.Load(Register.R9, Register.R1, ProbeMaps.WakeAt, sizeof(ulong));
        Code.Set(Register.R4, 0);
        Code.GoIf(Jump.Equal, Register.R9, 0, send);
        Code.SetAddress(Register.R1, ProbeMaps.Events);
        Code.Set(Register.R2, produced);
        Code.Call(RingQuery);
        Code.Set(Register.R4, noWakeUp);
        Code.GoIf(Jump.Less, Register.R0, Register.R9, send);
        Code.Set(Register.R4, forceWakeUp);
        Code.Place(send);
        Code.SetAddress(Register.R1, ProbeMaps.Events);
        Code.Move(Register.R2, Register.R6);
        Code.Set(Register.R3, size);
        Code.Call(RingOutput);
        Code.GoIf(Jump.Equal, Register.R0, 0, isSent);
        Code.SetAddress(Register.R1, ProbeMaps.Stream);
        Code.Set(Register.R2, 1);
        Code.AddAtomically(Register.R1, 0, Register.R2);
        Code.Place(isSent);
    }

    private void Forget(string map)
    {
        Code.SetAddress(Register.R1, map);
        PointToKey();
        Code.Call(Delete);
    }

    private void StoreKey(CallKey key)
    {
        var frame = key.Frame;
        if (_maps.HasFrames && frame is not null)
        {
            frame.Emit(this, Register.R1);
            Code.Store(Register.R10, Key + sizeof(ulong), Register.R1, sizeof(ulong));
        }
        else if (_maps.HasFrames)
        {
            Code.Store(Register.R10, Key + sizeof(ulong), 0, sizeof(ulong));
        }
        if (key.IsOfProcess)
        {
            Code.Move(Register.R1, Register.R9);
            Code.Calculate(Alu.ShiftRight, Register.R1, 32);
        }
        Code.Store(Register.R10, Key, key.IsOfProcess ? Register.R1 : Register.R9, sizeof(uint));
        if (_maps.HasFrames && key.Probe is { } number)
        {
            Code.Store(Register.R10, Key + sizeof(uint), number, sizeof(uint));
        }
        else if (_maps.HasFrames)
        {
            Code.Move(Register.R1, Register.R7);
            Code.Call(CookieSource.Helper);
            Code.Store(Register.R10, Key + sizeof(uint), Register.R0, sizeof(uint));
        }
    }

    private void PointToKey()
    {
        Code.Move(Register.R2, Register.R10);
        Code.Calculate(Alu.Add, Register.R2, Key);
    }

    private void Leave()
    {
        Code.Place(_leave);
        Code.Set(Register.R0, 0);
        Code.Exit();
    }
}
