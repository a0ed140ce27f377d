using System.Globalization;

namespace BpfPS.Instructions;

/// <summary>
/// Writes BPF instructions as text, in the notation of the kernel's verifier and of bpftool (kernel/bpf/disasm.c). Pure.
/// Invalid instructions become a text that begins with BUG, as they do there.
/// </summary>
/// <param name="call">Names the target of a call; null if unknown.</param>
/// <param name="helper">Names a helper by its number; null if unknown.</param>
internal sealed class Disassembler(Func<RawInstruction, string?> call, Func<int, string?> helper)
{
    private const int Ld = 0, Ldx = 1, St = 2, Stx = 3, Alu = 4, Jmp = 5, Jmp32 = 6, Alu64 = 7;
    private const int ModeImmediate = 0x00, ModeAbsolute = 0x20, ModeIndirect = 0x40, ModeMemory = 0x60, ModeSigned = 0x80,
        ModeAtomic = 0xc0;
    private const int Negate = 8, Move = 11, SwapBytes = 13, Divide = 3, Modulo = 9;
    private const int Jump = 0, CallOperation = 8, Exit = 9, ConditionalJump = 14;
    private const int Fetch = 1, Exchange = 0xe1, CompareExchange = 0xf1, LoadAcquire = 0x100, StoreRelease = 0x110;
    private const int AddressSpaceCast = 1, PerCpuAddress = -1;

    private static readonly string[] s_arithmetic = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=",
        "endian", "", ""];
    private static readonly string[] s_comparisons = ["jmp", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<",
        "s<=", "", ""];
    private static readonly string[] s_widths = ["u32", "u16", "u8", "u64"];
    private static readonly string[] s_signedWidths = ["s32", "s16", "s8", "s64"];

    /// <summary>Writes one instruction as text.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="next">The next instruction, which holds the upper half of a 64-bit number.</param>
    public string Text(RawInstruction instruction, RawInstruction next)
    {
        var text = instruction.Class switch
        {
            Alu or Alu64 => Arithmetic(instruction),
            Stx => StoreRegister(instruction),
            St => instruction.Mode switch
            {
                ModeMemory => Invariant($"{Memory(instruction, instruction.Destination)} = {instruction.Immediate}"),
                ModeAtomic => "nospec", // a barrier that only the verifier inserts
                _ => null,
            },
            Ldx => instruction.Mode switch
            {
                ModeMemory => Invariant($"r{instruction.Destination} = {Memory(instruction, instruction.Source)}"),
                ModeSigned => Invariant($"r{instruction.Destination} = *({s_signedWidths[instruction.Width]} *)")
                    + Invariant($"(r{instruction.Source} {instruction.Offset:+0;-0;+0})"),
                _ => null,
            },
            Ld => Load(instruction, next),
            _ => Branch(instruction),
        };
        return text is null ? Invariant($"BUG_{Prefix(instruction)}{instruction.Code:x2}") : Invariant($"({instruction.Code:x2}) {text}");
    }

    private static string Arithmetic(RawInstruction instruction)
    {
        var (destination, source, operation) = (instruction.Destination, instruction.Source, instruction.Operation);
        var register = instruction.Class == Alu ? 'w' : 'r';
        switch (operation)
        {
            case SwapBytes:
                var order = instruction.Class == Alu64 ? "bswap" : instruction.HasRegister ? "be" : "le";
                return Invariant($"r{destination} = {order}{instruction.Immediate} r{destination}");
            case Negate:
                return Invariant($"{register}{destination} = -{register}{destination}");
            case Move when instruction is { Class: Alu64, HasRegister: true, Offset: AddressSpaceCast }:
                var (to, from) = ((uint)instruction.Immediate >> 16, (ushort)instruction.Immediate);
                return Invariant($"r{destination} = addr_space_cast(r{source}, {to}, {from})");
            case Move when instruction is { Class: Alu64, HasRegister: true, Offset: PerCpuAddress }:
                return Invariant($"r{destination} = &(void __percpu *)(r{source})");
        }
        var sign = operation is Divide or Modulo && instruction.Offset == 1 ? $"s{s_arithmetic[operation]}" : s_arithmetic[operation];
        if (!instruction.HasRegister)
        {
            return Invariant($"{register}{destination} {sign} {instruction.Immediate}");
        }
        var extended = operation == Move ? instruction.Offset switch { 8 => "(s8)", 16 => "(s16)", 32 => "(s32)", _ => "" } : "";
        return Invariant($"{register}{destination} {sign} {extended}{register}{source}");
    }

    private static string? StoreRegister(RawInstruction instruction)
    {
        var (destination, source, width) = (instruction.Destination, instruction.Source, s_widths[instruction.Width]);
        if (instruction.Mode == ModeMemory)
        {
            return Invariant($"{Memory(instruction, destination)} = r{source}");
        }
        if (instruction.Mode != ModeAtomic)
        {
            return null;
        }
        var wide = instruction.Width == 3 ? "64" : "";
        var place = Invariant($"({width} *)(r{destination} {instruction.Offset:+0;-0;+0})");
        return instruction.Immediate switch
        {
            0x00 or 0x40 or 0x50 or 0xa0 => Invariant($"lock *{place} {s_arithmetic[instruction.Immediate >> 4]} r{source}"),
            0x00 | Fetch => Fetched("fetch_add"),
            0x40 | Fetch => Fetched("fetch_or"),
            0x50 | Fetch => Fetched("fetch_and"),
            0xa0 | Fetch => Fetched("fetch_xor"),
            CompareExchange => Invariant($"r0 = atomic{wide}_cmpxchg({place}, r0, r{source})"),
            Exchange => Fetched("xchg"),
            LoadAcquire => Invariant($"r{destination} = load_acquire(({width} *)(r{source} {instruction.Offset:+0;-0;+0}))"),
            StoreRelease => Invariant($"store_release({place}, r{source})"),
            _ => null,
        };

        string Fetched(string name) => Invariant($"r{source} = atomic{wide}_{name}({place}, r{source})");
    }

    private string? Load(RawInstruction instruction, RawInstruction next) => instruction.Mode switch
    {
        ModeAbsolute => Invariant($"r0 = *({s_widths[instruction.Width]} *)skb[{instruction.Immediate}]"),
        ModeIndirect => Invariant($"r0 = *({s_widths[instruction.Width]} *)skb[r{instruction.Source} + {instruction.Immediate}]"),
        ModeImmediate when instruction.Code == RawInstruction.LoadWide =>
            Invariant($"r{instruction.Destination} = {Wide(instruction, next)}"),
        _ => null,
    };

    /// <summary>A 64-bit number, or the object that it stands for (BPF_PSEUDO_*).</summary>
    private static string Wide(RawInstruction instruction, RawInstruction next) => instruction.Source switch
    {
        1 => Invariant($"map[id:{(uint)instruction.Immediate}]"),
        2 => Invariant($"map[id:{(uint)instruction.Immediate}][0]+{(uint)next.Immediate}"),
        4 => Invariant($"subprog[{instruction.Immediate:+0;-0;+0}]"),
        6 => Invariant($"map[idx:{(uint)instruction.Immediate}]+{(uint)next.Immediate}"),
        _ => Invariant($"0x{(ulong)(uint)next.Immediate << 32 | (uint)instruction.Immediate:x}"),
    };

    private string Branch(RawInstruction instruction)
    {
        var (isWide, register) = (instruction.Class == Jmp, instruction.Class == Jmp32 ? 'w' : 'r');
        switch (instruction.Operation)
        {
            case CallOperation:
                if (instruction.Source == 1)
                {
                    return Invariant($"call pc{call(instruction) ?? Invariant($"{instruction.Immediate:+0;-0;+0}")}");
                }
                var unnamed = instruction.Source == 2 ? "kernel-function" : "unknown";
                var name = (instruction.Source == 0 ? helper(instruction.Immediate) : null) ?? call(instruction) ?? unnamed;
                return Invariant($"call {name}#{instruction.Immediate}");
            case Jump when isWide && instruction.HasRegister:
                return Invariant($"gotox r{instruction.Destination}");
            case Jump when isWide:
                return Invariant($"goto pc{instruction.Offset:+0;-0;+0}");
            case Jump:
                return Invariant($"gotol pc{instruction.Immediate:+0;-0;+0}");
            case ConditionalJump when isWide && instruction.Source == 0:
                return Invariant($"may_goto pc{instruction.Offset:+0;-0;+0}");
            case Exit when isWide:
                return "exit";
        }
        var right = instruction.HasRegister ? Invariant($"{register}{instruction.Source}") : Invariant($"0x{instruction.Immediate:x}");
        var left = Invariant($"{register}{instruction.Destination}");
        return Invariant($"if {left} {s_comparisons[instruction.Operation]} {right} goto pc{instruction.Offset:+0;-0;+0}");
    }

    private static string Memory(RawInstruction instruction, int register) =>
        Invariant($"*({s_widths[instruction.Width]} *)(r{register} {instruction.Offset:+0;-0;+0})");

    private static string Prefix(RawInstruction instruction) =>
        instruction.Class switch { St => "st_", Ldx => "ldx_", Ld => "ld_", _ => "" };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
