using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Set-BpfMapEntry: writes entries of maps.</summary>
[Cmdlet(VerbsCommon.Set, "BpfMapEntry", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMapEntry))]
public sealed class SetBpfMapEntryCommand : MapEntryCmdlet
{
    private BpfMapWriter? _writer;
    private BpfMap? _writtenMap;
    private bool _isAllowed;

    /// <summary>The key: a number, a string, an address or prefix, an enum's name, a table of a struct's members.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public object? Key { get; set; }

    /// <summary>The value, likewise.</summary>
    [Parameter(Position = 2)]
    [ValidateNotNull]
    public object? Value { get; set; }

    /// <summary>The one CPU whose value is set, in a map that has one for each.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Cpu { get; set; }

    /// <summary>Only entries that are not there yet.</summary>
    [Parameter]
    public SwitchParameter NoExist { get; set; }

    /// <summary>Only entries that are there.</summary>
    [Parameter]
    public SwitchParameter Exist { get; set; }

    /// <summary>Give the entries as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private BpfUpdateMode Mode => NoExist ? BpfUpdateMode.NoExist : Exist ? BpfUpdateMode.Exist : BpfUpdateMode.Any;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (NoExist && Exist)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-NoExist and -Exist exclude each other."), null);
        }
        if (Key is not null && Value is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "A key was given, and no value.", "Give the value with -Value; or pipe entries in, without -Key."), null);
        }
        if (Cpu is not null && Value is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-Cpu goes with -Key and -Value.", "Entries from the pipeline have a property for each CPU: change that."), null);
        }
        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Value is not null)
        {
            foreach (var map in MapsOfKeys())
            {
                SetOne(map);
            }
        }
        else if (InputObject.Length > 0)
        {
            foreach (var item in Entries(InputObject))
            {
                WriteEntry(Plain(item), item);
            }
        }
        else if (!MyInvocation.ExpectingInput)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No entry is specified.", "Specify it with -Key and -Value, or pipe entries in."), null);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => CompleteWriter();

    /// <inheritdoc/>
    private protected override void Release() => _writer?.Dispose();

    private void SetOne(BpfMap map)
    {
        if (!ShouldProcess(map.ToString(), $"Set the entry {RecordText.Format(PlainValue.Of(Key))} to {RecordText.Format(PlainValue.Of(Value))}"))
        {
            return;
        }
        var entry = Try(() =>
        {
            if (map.Type == "user_ringbuf" && Key is null)
            {
                UserRing.Write(map, PlainValue.Of(Value)!);
                return null;
            }
            using var access = new BpfMapAccess(map);
            var key = PlainValue.Of(Key);
            access.Set(key, PlainValue.Of(Value)!, Mode, Cpu);
            return PassThru && key is not null ? access.Find(key) : null;
        }, Key ?? Value);
        if (entry is not null)
        {
            WriteObject(entry);
        }
    }

    private void WriteEntry(object entry, object item)
    {
        try
        {
            if (NamedMap is null || _writtenMap is null)
            {
                UseWriterOf(MapOfEntry(entry));
            }
            if (!_isAllowed)
            {
                return;
            }
            if (_writer is null)
            {
                UserRing.Write(_writtenMap!, entry);
                return;
            }
        }
        catch (BpfException e)
        {
            WriteError(e, item);
            return;
        }
        try
        {
            _writer.Write(entry);
            if (PassThru)
            {
                _writer.Flush(); // what the kernel refuses is not given
            }
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.InvalidArgument or BpfErrorKind.NotFound && e.InnerException is null)
        {
            WriteError(e, item); // this entry does not fit: the next one may
            return;
        }
        catch (BpfException e)
        {
            Terminate(e, item);
        }
        if (ReportRefused() == 0 && PassThru)
        {
            WriteObject(item);
        }
    }

    private void UseWriterOf(BpfMap map)
    {
        if (_writtenMap is not null && _writtenMap.Id == map.Id)
        {
            return;
        }
        CompleteWriter();
        _writtenMap = null;
        _isAllowed = ShouldProcess(map.ToString(), "Write entries");
        // Records of a user ring buffer are written one by one: they wait for their program there, not here.
        _writer = _isAllowed && map.Type != "user_ringbuf" ? new BpfMapWriter(map, Mode) : null;
        _writtenMap = map;
    }

    private void CompleteWriter()
    {
        if (_writer is null)
        {
            return;
        }
        try
        {
            _writer.Complete();
        }
        catch (BpfException e)
        {
            Terminate(e, _writtenMap);
        }
        finally
        {
            ReportRefused();
            _writer.Dispose();
            _writer = null;
        }
    }

    private int ReportRefused()
    {
        var count = 0;
        for (; _writer!.TryTakeRefused(out var refused); count++)
        {
            WriteError(refused.Error, refused.Entry);
        }
        return count;
    }
}
