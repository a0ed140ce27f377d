namespace BpfPS.Verifier;

/// <summary>
/// The known causes. The patterns are messages of kernel/bpf/verifier.c since Linux 5.4, and of libbpf where it replaces them
/// (bpf_program_fixup_log). The first rule that fits wins, so specific rules come before general ones.
/// </summary>
internal static class VerifierRules
{
    /// <summary>The hint for a program that is too long because of a loop.</summary>
    public const string LoopTooLong =
        "The verifier walks through every iteration of a loop, and stops after a million instructions. Use fewer iterations or fewer"
        + " instructions per iteration, or use bpf_loop() or bpf_for(), whose body is checked only once.";

    /// <summary>The hint for a program that needs too much stack.</summary>
    public const string StackTooDeep =
        "A program and the functions it calls share 512 bytes of stack. Keep large variables in a map (a BPF_MAP_TYPE_PERCPU_ARRAY with"
        + " one entry) or directly in the ring buffer record.";

    /// <summary>The hint for an access that may go beyond the end of the packet.</summary>
    public const string PacketBounds =
        "The packet may be too short for this access. Compare with the end of the packet first, and access the packet only if it is long"
        + " enough, as in 'if (data + sizeof(*header) > data_end) return XDP_PASS;'. After a helper that changes the packet, load data"
        + " and data_end again and repeat the comparison.";

    /// <summary>The start of the verifier's message about an access to a packet.</summary>
    public const string PacketAccess = "invalid access to packet";

    /// <summary>The hint for a pointer that is certainly NULL.</summary>
    public const string KnownNull =
        "The pointer is NULL on this path, because of a check or an assignment. Use it only in a branch where it is not NULL.";

    /// <summary>All rules, in the order in which they apply.</summary>
    public static IReadOnlyList<VerifierRule> All { get; } =
    [
        new(VerifierCause.UncheckedMapValue,
            "The map may not have the key, and then bpf_map_lookup_elem() returns NULL. Check the value before you use it, as in 'if"
            + " (!value) return 0;'.",
            "invalid mem access 'map_value_or_null'", "type=map_value_or_null expected=", "nullable map value pointer"),
        new(VerifierCause.UncheckedPointer,
            "The pointer may be NULL here. Check it before you use it, as in 'if (!pointer) return 0;'.",
            "invalid mem access '*or_null", "invalid mem access '*or_null'", "Possibly NULL pointer passed to", "_or_null expected=",
            "ptr_or_null_", "may be NULL here"),
        new(VerifierCause.EndlessLoop,
            "As far as the verifier can tell, nothing in the loop's condition changes from one iteration to the next, so the loop may"
            + " never end. Compare a counter with a constant, as in 'for (i = 0; i < 100; i++)', so that the verifier sees it grow, or"
            + " use bpf_for() or bpf_loop().",
            "infinite loop detected"),
        new(VerifierCause.TooManyInstructions,
            "The verifier walks through every path, and stops after a million instructions. Use fewer consecutive branches, move code"
            + " into functions that are not static (each is checked separately and only once), or split the program with tail calls.",
            "BPF program is too large. Processed"),
        new(VerifierCause.TooManyBranches,
            "Consecutive branches and branches in a loop double the number of paths, and the verifier keeps at most 8192 of them. Use"
            + " fewer iterations, fewer branches in the loop, or bpf_loop(), whose body is checked only once.",
            "jumps is too complex"),
        new(VerifierCause.Recursion,
            "A BPF function cannot call itself, directly or through other functions. Use a loop with a constant number of iterations, or"
            + " bpf_loop().",
            "back-edge from insn", "recursive call", "the call stack of * frames is too deep"),
        new(VerifierCause.PacketBounds,
            PacketBounds,
            PacketAccess, "offset is outside of the packet", "makes pkt pointer be out of bounds"),
        new(VerifierCause.UnboundedSize,
            "The verifier must see limits for the size on this path, from 0 (or 1) to the size of the buffer. Make the size unsigned and"
            + " compare it first, as in 'if (size > sizeof(buffer)) return 0;', or mask it, as in 'size &= sizeof(buffer) - 1;'.",
            "min value is negative, either use unsigned or 'var &= const'", "unbounded memory access, use 'var &= const'",
            "invalid zero-sized read"),
        new(VerifierCause.UnboundedOffset,
            "The verifier sees no limits for the number that is added to the pointer. Make the number unsigned and compare it with a"
            + " constant first, as in 'if (index >= 8) return 0;'. Compilers sometimes compare a copy, so check the same variable, close"
            + " to its use.",
            "math between * pointer and register with unbounded", "min value is negative, either use unsigned index",
            "pointer be out of bounds", "unbounded minimum value"),
        new(VerifierCause.MapValueBounds,
            "The access may be outside the value. Compare the index with the number of elements first, using the same unsigned variable,"
            + " as in 'if (index >= 8) return 0;'. If the offset is fixed, the value is smaller than the type of the access.",
            "invalid access to map value", "outside of the allowed memory range", "unbounded memory access, make sure to bounds check",
            "invalid access to memory", "invalid access to mem", "access outside bounds", "Access outside bounds"),
        new(VerifierCause.StackTooDeep,
            StackTooDeep,
            "combined stack size of", "stack depth * exceeds", "stack limit"),
        new(VerifierCause.UninitializedRegister,
            "On this path, the value is used before it is set. Initialize the variable in its declaration. A call only leaves its result"
            + " and clears R1 to R5, and a program must set its result before it returns.",
            "!read_ok", "has never been initialized"),
        new(VerifierCause.UninitializedStack,
            "Some bytes of the variable were not set on this path, possibly the padding between its members. Initialize all of it first,"
            + " as in 'struct event event = {};' or '__builtin_memset(&event, 0, sizeof(event));'.",
            "invalid read from stack", "invalid indirect read from stack", "invalid indirect access to stack"),
        new(VerifierCause.StackBounds,
            "The stack has 512 bytes, below R10. The access is outside, or its offset is unknown. Compare the array index with the length"
            + " of the array first.",
            "invalid write to stack", "invalid variable-offset", "invalid unbounded variable-offset", "invalid zero-size access to stack",
            "stack of size", "off * access to stack", "access to stack"),
        new(VerifierCause.HelperNotAllowed,
            "Programs of this type cannot call {function}.",
            "program of this type cannot use helper", "unknown func bpf_", "cannot use helper"),
        new(VerifierCause.KernelFunctionNotAllowed,
            "Programs of this type cannot call {function}. Only some program types can call each kernel function, often SEC(\"syscall\")"
            + " or SEC(\"tp_btf/...\").",
            "calling kernel function * is not allowed", "calling kernel functions is not allowed"),
        new(VerifierCause.LicenseNotGpl,
            "{function} is only for programs with a GPL-compatible license. If yours has one, add 'char LICENSE[] SEC(\"license\") ="
            + " \"GPL\";' (or \"Dual BSD/GPL\", \"Dual MIT/GPL\"); BPFPS_TOOL() declares it too.",
            "GPL-restricted function from non-GPL", "GPL only function", "non-GPL compatible program"),
        new(VerifierCause.MaySleep,
            "{function} can sleep, but this code must not sleep: the program is not sleepable, or the call is in a lock or RCU region."
            + " Use a variant of the helper that does not sleep (bpf_probe_read_user() instead of bpf_copy_from_user()), or a section for"
            + " sleepable programs, such as SEC(\"fentry.s/...\"), SEC(\"lsm.s/...\"), SEC(\"uprobe.s\") or SEC(\"iter.s/...\").",
            "might sleep in a non-sleepable", "may sleep in non-sleepable", "must be sleepable", "is sleepable within",
            "Sleepable programs can only", "sleepable helper", "kernel functions that may sleep"),
        new(VerifierCause.LockHeld,
            "End every lock or protected region on every path: bpf_spin_unlock(), bpf_rcu_read_unlock(), bpf_preempt_enable(),"
            + " bpf_local_irq_restore(). Look for an early return. Only a few functions can be called while a spin lock is held.",
            "bpf_spin_lock", "-ed region", "inside bpf_", "_lock is missing", "while holding a lock", "holding a lock", "bpf_rcu_read_",
            "bpf_preempt_", "lock is held", "spin_unlock"),
        new(VerifierCause.ReferenceLeak,
            "Release every acquired resource on every path: bpf_ringbuf_submit() or bpf_ringbuf_discard() after bpf_ringbuf_reserve(),"
            + " bpf_sk_release() for a socket, bpf_task_release() for a task. Look for an early return. A NULL pointer does not need to"
            + " be released.",
            "would lead to reference leak", "Unreleased reference", "reference leak", "reference has not been acquired",
            "must be referenced", "Unreleased resource", "unreleased resource"),
        new(VerifierCause.ReadOnlyMemory,
            "This memory is read-only. const volatile variables can only be set before the program is loaded, so a variable that the"
            + " program changes must not be const. Maps with BPF_F_RDONLY_PROG and string constants are read-only too.",
            "write into map forbidden", "cannot write into", "only read is supported * rdonly", "rdonly_", "read-only"),
        new(VerifierCause.ContextAccess,
            "The context of this program type has nothing at this offset, not in this size, or not for writing. Use the struct for the"
            + " section (struct xdp_md, struct __sk_buff, struct trace_event_raw_...), read its members as they are declared, and do not"
            + " modify the pointer to it.",
            "invalid bpf_context access", "dereference of modified ctx ptr", "variable ctx access", "invalid context access"),
        new(VerifierCause.KernelMemory,
            "Programs can only read the members of kernel structs, and only those that the type has. Read through untrusted pointers with"
            + " BPF_CORE_READ() or bpf_probe_read_kernel().",
            "only read is supported", "access beyond struct", "access beyond the end of member", "invalid mem access 'untrusted_ptr",
            "invalid mem access 'ptr_", "invalid mem access 'trusted_ptr", "cannot access ptr member", "is a pointer to * but expected",
            "is ptr_* invalid", "is ptr_* access"),
        new(VerifierCause.NotAPointer,
            "For the verifier, this is a number and not a pointer to known memory. Read an address from the kernel or from user space"
            + " with bpf_probe_read_kernel(), BPF_CORE_READ() or bpf_probe_read_user(). A pointer becomes a number after arithmetic,"
            + " after a conversion to an integer, or if it is copied through the stack in parts.",
            "invalid mem access 'scalar'", "invalid mem access 'inv'", "is an integer scalar here"),
        new(VerifierCause.ArgumentType,
            "{function} needs an argument of another type. In the message, \"type\" is the type of the argument, and \"expected\" is the"
            + " type it needs (fp: a pointer to the stack; map_ptr: a map; ctx: the unmodified context of the program; scalar: a number).",
            "type=* expected=", "expected pointer to", "is not a pointer to", "pointer type * must point to", "expects refcounted",
            "must be a known constant", "does not match the expected", "Invalid call argument"),
        new(VerifierCause.PointerArithmetic,
            "Pointers only allow adding and subtracting numbers, in 64 bits, and some pointers do not allow even that. Calculate with"
            + " numbers first, and add the result to the pointer last. Compilers sometimes generate such code from harmless lines; 'asm"
            + " volatile (\"\" : \"+r\"(index));' prevents that.",
            "pointer arithmetic", "pointer += pointer prohibited", "pointer -= pointer prohibited", "R* tried to",
            "subtract pointer from scalar", "math between", "partial copy of pointer", "attempt to corrupt spilled pointer",
            "pointer operation", "32-bit pointer", "same insn cannot be used with different pointers"),
        new(VerifierCause.Misaligned,
            "The address of a 2, 4 or 8 byte access must be a multiple of its size. On the stack, declare variables with their own types."
            + " In packets and packed structs, read byte by byte or use __builtin_memcpy().",
            "misaligned"),
        new(VerifierCause.ReturnValue,
            "Programs of this type can only return certain values, shown in brackets in the message. Return a constant, or limit the"
            + " variable before you return it.",
            "should have been in", "R0 leaks addr as return value", "R0 is not a known value", "In async callback the register R0",
            "register R0 has"),
        new(VerifierCause.DivisionByZero,
            "The divisor is the constant 0, or the shift is by more bits than the number has.",
            "div by zero", "invalid shift"),
        new(VerifierCause.DeadCode,
            "No path reaches this instruction. Typical causes are hand-written asm and code after an endless loop.",
            "unreachable insn"),
        new(VerifierCause.ProgramEnd,
            "Every function must end with a return (exit) or a jump, and jumps must stay in their function. Typical causes are"
            + " hand-written asm and a function that the compiler believes never returns.",
            "last insn is not an exit", "jump out of range", "jump into the middle", "fall through", "fell through", "no subprog"),
        new(VerifierCause.GlobalFunction,
            "A function that is not static is checked separately, knowing only the types of its arguments: pointers can be NULL, and"
            + " numbers can have any value. It must return a number. Check its arguments in the function, or make it static, so that it"
            + " is checked with each call.",
            "Global function", "Caller passes invalid args", "global function", "Func#* is global"),
        new(VerifierCause.MissingMember,
            "This kernel's BTF does not have a type or member that the program uses, at least not with this name. Check for it with"
            + " bpf_core_field_exists() or bpf_core_type_exists(), and use the other name on kernels that have that (struct"
            + " task_struct___old).",
            "failed to resolve CO-RE relocation", "invalid func unknown#195896080"),
        new(VerifierCause.MissingMap,
            "The program uses a map that was not created. Create the map, or do not load the program.",
            "BPF map '*' is referenced but wasn't created", "fd * is not pointing to valid bpf_map"),
        new(VerifierCause.MissingKernelFunction,
            "This kernel does not have the function. Declare it with __ksym __weak, and check bpf_ksym_exists() before you call it.",
            "kfunc '*' is referenced but wasn't resolved", "is not a kernel function", "kernel function * is not found",
            "kernel function call not eliminated"),
        new(VerifierCause.MapNotAllowed,
            "This helper, or this program type, does not support maps of this type.",
            "cannot pass map_type", "trace type programs can only use", "map_type", "cannot be used by", "programs can only use"),
        new(VerifierCause.IteratorOrDynptr,
            "An iterator or dynptr is on the stack. Create, use and release it on every path, and write to it only with its own functions.",
            "initialized dynptr", "initialized iter", "dynptr", "iter_", "uninitialized irq flag"),
        new(VerifierCause.JitRequired,
            "This kernel's just-in-time compiler is off or does not support this. Check whether it is on with cat"
            + " /proc/sys/net/core/bpf_jit_enable.",
            "JIT doesn't support", "JIT does not support", "non-JITed"),
        new(VerifierCause.InvalidInstruction,
            "This kernel does not support the instruction, or not in this form. Compile for an older instruction set: clang -mcpu=v3"
            + " (Linux 5.1), v2 (4.14) or v1.",
            "unknown opcode", "uses reserved fields", "invalid BPF_", "BPF_LD_[ABS|IND]", "unknown alu", "invalid atomic"),
        new(VerifierCause.AttachTarget,
            "The target in the program's section name does not exist on this kernel, or programs cannot attach to it.",
            "attach_btf_id", "attach to", "attach target", "FUNC_PROTO", "not supported for program"),
        new(VerifierCause.PrivilegeMissing,
            "Without CAP_PERFMON, a program must not reveal pointers as numbers. Run as root, or with CAP_BPF and CAP_PERFMON.",
            "leaks addr", "leak address", "pointer comparison prohibited", "not allowed for unprivileged", "unprivileged"),
        new(VerifierCause.VerifierFault,
            "This is a bug in the kernel, not in the program. The kernel's log (dmesg) may have details.",
            "verifier bug", "verifier is misconfigured", "misconfigured verifier", "BUG "),
    ];
}
