using System.Globalization;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs that replace a function of another program (freplace). The function must be known when they are loaded.</summary>
internal sealed class ReplacementHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) => program.Type == "ext";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Target"];

    /// <summary>A section names a function at most, and not the program that has it.</summary>
    public override bool NamesPlace(ProgramToAttach program) => false;

    public override void Declare(ProgramToAttach program)
    {
        var (target, function) = Target(program);
        using (target)
        {
            RequireFunction(program, target, function);
            // libbpf reads the target program's types when it loads this one, and needs the descriptor until then.
            Errors.ThrowIfNegative(LibBpf.bpf_program__set_attach_target(program.Pointer,
                program.File.Keep(FileDescriptor.Duplicate(target.Number)).Number, function), program.Operation);
        }
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        yield return new LinkAttachment(SectionHook.Taken(program, SectionHook.AttachAsLoaded(program)));
    }

    private static void RequireFunction(ProgramToAttach program, FileDescriptor target, string function)
    {
        var name = VisibleText.Escape(BpfProgram.FromDescriptor(target, null, BpfProgram.AllHolders()).Name);
        var types = KernelBtf.TryGet(KernelObjects.GetProgramInfo(target).BtfId) ?? throw new BpfException(BpfErrorKind.NotSupported,
            $"{program.Operation}: program {name} has no type information, so none of its functions can be replaced.",
            "Compile it with 'clang -g'.");
        var functions = types.All.Where(type => type.Kind == BtfKind.Function).Select(type => type.Name).ToArray();
        if (!functions.Contains(function))
        {
            throw HookNames.Missing(program.Operation, "function", function, functions, container: $"program {name}");
        }
    }

    private static (FileDescriptor Target, string Function) Target(ProgramToAttach program)
    {
        var parts = (program.Options.Target ?? "").Split(':', 2);
        var function = parts.Length == 2 ? parts[1] : program.PlaceInSection;
        if (parts[0].Length == 0 || function.Length == 0)
        {
            throw program.Missing("function to replace",
                BpfRemedy.With($"Specify {BpfOption.Target} id:function, or {BpfOption.Target} id if the section names the function.",
                    BpfAdvice.ListPrograms));
        }
        if (uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return (KernelObjects.OpenProgram(id), function);
        }
        var named = BpfProgram.List().Where(known => known.Name == parts[0]).ToArray();
        return named switch
        {
            [var only] => (KernelObjects.OpenProgram(only.Id), function),
            [] => throw HookNames.Missing(program.Operation, "program", parts[0], BpfProgram.List().Select(known => known.Name).Distinct(),
                BpfRemedy.To(BpfAdvice.ListPrograms)),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation}: '{VisibleText.Escape(parts[0])}' is the name of {named.Length} programs: "
                    + $"ids {string.Join(", ", named.Select(known => known.Id))}.",
                BpfRemedy.With($"Specify {BpfOption.Target} id:function.")),
        };
    }
}
