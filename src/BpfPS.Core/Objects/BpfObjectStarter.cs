using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using BpfPS.Native;
using BpfPS.Verifier;

namespace BpfPS;

/// <summary>Loads, attaches and pins an object: wholly, or not at all.</summary>
public static class BpfObjectStarter
{
    // Only the pages that the kernel writes become memory.
    private const int LogSize = 16 * 1024 * 1024;

    /// <summary>Starts an object file.</summary>
    /// <param name="path">A .bpf.o file.</param>
    /// <param name="options">How to start it.</param>
    /// <exception cref="BpfException">Any step failed; nothing is left loaded, attached or pinned.</exception>
    /// <exception cref="BpfVerifierException">The verifier rejected a program.</exception>
    public static BpfObject Start(string path, BpfStartOptions options)
    {
        var name = BpfObject.NameOf(path);
        var file = ObjectFile.Open(path, name, options.Logger);
        BpfObject? obj = null;
        IReadOnlyList<string> shared = [];
        try
        {
            using var messages = LibBpfMessages.To(options.Logger);
            file.SetVariables(options.Variables);
            SelectPrograms(file, options.Programs);
            var programs = file.Programs().Where(LibBpf.bpf_program__autoload).Select(program => new ProgramToAttach(program, file, options.Attachment)).ToArray();
            foreach (var program in programs)
            {
                ProgramAttacher.Prepare(program, options.Attach);
            }
            // A place that cannot be is better known before anything runs.
            var pins = options.PinPath is null ? null : BpfObjectPins.Resolve(options.PinPath);
            shared = SharedMaps.Check(file);
            obj = new BpfObject(name, file) { Session = options.Session };
            Load(file, name);
            obj.SetLoaded();
            if (options.Attach)
            {
                foreach (var program in programs)
                {
                    // One at a time: what is attached when a later one fails is let go of with the object.
                    foreach (var attachment in ProgramAttacher.Attach(program))
                    {
                        obj.AddLink(attachment, program.Name + attachment.Suffix);
                    }
                }
                foreach (var (mapName, attachment) in StructOpsMaps.Attach(file))
                {
                    obj.AddLink(attachment, mapName);
                }
            }
            if (pins is not null)
            {
                BpfObjectPins.Create(obj, pins, options.PinAccess);
            }
        }
        catch
        {
            obj?.Dispose();
            file.Dispose();
            SharedMaps.Remove(shared);
            throw;
        }
        BpfSession.Add(obj);
        return obj;
    }

    private static void SelectPrograms(ObjectFile file, IReadOnlyList<string> wanted)
    {
        if (wanted.Count == 0)
        {
            return;
        }
        var names = file.Programs().Select(program => ObjectFile.Text(LibBpf.bpf_program__name(program))).ToArray();
        foreach (var name in wanted)
        {
            if (!names.Contains(name))
            {
                throw new BpfException(BpfErrorKind.NotFound, $"The object has no program '{RecordText.Escape(name)}'.", $"Its programs are: {string.Join(", ", names)}.");
            }
        }
        foreach (var program in file.Programs())
        {
            Errors.ThrowIfNegative(LibBpf.bpf_program__set_autoload(program, wanted.Contains(ObjectFile.Text(LibBpf.bpf_program__name(program)))), "Selecting a program");
        }
    }

    private static unsafe void Load(ObjectFile file, string name)
    {
        using var log = new LogBuffer(LogSize);
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, log.Address, LogSize);
        }
        var result = LibBpf.bpf_object__load(file.Handle);
        foreach (var program in file.Programs())
        {
            _ = LibBpf.bpf_program__set_log_buf(program, 0, 0); // the buffer goes now
        }
        if (result >= 0)
        {
            return;
        }
        // Programs are loaded in order: the first that has no descriptor is the one that failed.
        var failed = file.Programs().Where(LibBpf.bpf_program__autoload).FirstOrDefault(program => LibBpf.bpf_program__fd(program) < 0);
        var text = log.Text();
        var operation = $"Loading '{RecordText.Escape(name)}'";
        if (text.Contains("processed ", StringComparison.Ordinal) || text.Length > 0 && -result is (int)BpfErrno.EACCES or (int)BpfErrno.EINVAL or (int)BpfErrno.E2BIG)
        {
            throw new BpfVerifierException(ObjectFile.Text(LibBpf.bpf_program__name(failed)), -result, text, VerifierLog.Parse(text));
        }
        var error = Errors.FromErrno(-result, failed == 0 ? operation : $"{operation}, program '{RecordText.Escape(ObjectFile.Text(LibBpf.bpf_program__name(failed)))}'");
        throw error.Remedy is not null ? error
            : new BpfException(error.Kind, error.Message, "-Verbose and -Debug show what libbpf says about it.", -result);
    }

    private sealed unsafe class LogBuffer : IDisposable
    {
        private readonly nuint _size;

        public LogBuffer(int size)
        {
            _size = (nuint)size;
            Address = (nint)NativeMemory.AllocZeroed(_size);
        }

        public nint Address { get; }

        public string Text()
        {
            var bytes = new ReadOnlySpan<byte>((void*)Address, (int)_size);
            return Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
        }

        public void Dispose() => NativeMemory.Free((void*)Address);
    }
}
