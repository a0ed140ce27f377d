using BpfPS.Attach;
using BpfPS.Events;
using BpfPS.Files;
using BpfPS.Loading;
using BpfPS.Maps;
using BpfPS.Native;

namespace BpfPS;

/// <summary>Loads, attaches and pins an object, all or nothing.</summary>
public static class BpfObjectStarter
{
    /// <summary>Starts an object file.</summary>
    /// <param name="path">A .bpf.o file.</param>
    /// <param name="options">How to start it.</param>
    /// <exception cref="BpfException">A step failed. Nothing is left loaded, attached or pinned.</exception>
    /// <exception cref="BpfVerifierException">The verifier rejected a program.</exception>
    public static BpfObject Start(string path, BpfStartOptions options)
    {
        if (options.Linked.Count > 0 && !options.RequireLinked)
        {
            try
            {
                return StartOnce(path, options);
            }
            catch (BpfException e)
            {
                // If something else was the reason, it is an error again.
                var obj = StartOnce(path, options with { Linked = [] });
                obj.LinkedError = e;
                return obj;
            }
        }
        return StartOnce(path, options);
    }

    private static BpfObject StartOnce(string path, BpfStartOptions options)
    {
        var name = options.Name ?? ObjectFile.NameOf(path);
        var file = ObjectFile.Open(path, name, options.Logger, options.Linked);
        BpfObject? obj = null;
        IReadOnlyList<string> shared = [];
        try
        {
            using var messages = LibBpfMessages.To(options.Logger);
            var programs = Prepare(file, options, out var places, out var alternatives);
            // Reject a bad path before anything runs.
            var pins = options.PinPath is null ? null : BpfObjectPins.Resolve(options.PinPath);
            MapMemory.Require(file);
            shared = SharedMaps.Check(file, out var existing);
            ProgramLoader.Load(file, name, places, () => Reopen(path, name, options));
            obj = new BpfObject(name, file, options.Session)
            {
                Alternatives = alternatives,
                MapsOfOthers = existing,
                SampledByDefault = options.Attach ? SamplingHook.ByDefault(programs) : [],
            };
            if (TargetMap.Of(file, programs, options) is { IsEmpty: false } targets)
            {
                TargetMap.Fill(obj, targets);
            }
            obj.KeepEvents(options.ReadsAtOnce, BufferSizeOf(options));
            if (options.Attach)
            {
                foreach (var program in programs)
                {
                    // Add each at once, so that they are released with the object if a later one fails.
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
            foreach (var attachment in obj?.Links ?? [])
            {
                attachment.Undo();
            }
            obj?.Dispose();
            file.Dispose();
            SharedMaps.Remove(shared);
            throw;
        }
        BpfSession.Add(obj);
        return obj;
    }

    private static uint? BufferSizeOf(BpfStartOptions options) => options.BufferSize is { } bytes ? BufferSizes.Rounded(bytes) : null;

    /// <summary>Opens and prepares the object again, because libbpf can load an opened object only once.</summary>
    private static ObjectFile Reopen(string path, string name, BpfStartOptions options)
    {
        var file = ObjectFile.Open(path, name, null, options.Linked);
        try
        {
            Prepare(file, options, out _, out _);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Sets everything that must be set before an object is loaded.</summary>
    /// <param name="file">The object.</param>
    /// <param name="options">How to start it.</param>
    /// <param name="places">Where to attach each of its programs.</param>
    /// <param name="alternatives">The programs that were taken in place of others for the same hook.</param>
    /// <returns>The programs that will be loaded.</returns>
    private static ProgramToAttach[] Prepare(ObjectFile file, BpfStartOptions options, out BpfAttachOptions places,
        out IReadOnlyList<ChosenProgram> alternatives)
    {
        file.SetVariables(options.Variables);
        if (BufferSizeOf(options) is { } bytes)
        {
            file.SetRingSizes(bytes);
        }
        file.SetMapSizes(options.MapSizes);
        file.CompleteStackMaps();
        file.SelectPrograms(options.Programs);
        TargetMap.SelectFollowers(file, options.Targets);
        alternatives = options.Programs.Count > 0 ? [] : Alternatives.Choose(file, options.Attachment);
        var resolved = OptionsByProgram.Resolve(file, options.Attachment.Without(alternatives.Select(pair => pair.PassedOver)));
        places = resolved;
        var programs = file.Programs().Where(LibBpf.bpf_program__autoload)
            .Select(program => new ProgramToAttach(program, file, resolved)).ToArray();
        TargetMap.Prepare(file, TargetMap.Of(file, programs, options));
        StructOpsMaps.RequireKnown(file);
        foreach (var program in programs)
        {
            ProgramAttacher.Prepare(program, options.Attach);
        }
        if (options is { Attach: true, RequireUse: true })
        {
            // What chooses where to attach, and applies to none of the programs, restricts what they look at.
            ProgramAttacher.RequireUse(programs, TargetMap.IsIn(file) ? options.Attachment with { ProcessIds = [], Cgroups = [] }
                : options.Attachment);
        }
        return programs;
    }
}
