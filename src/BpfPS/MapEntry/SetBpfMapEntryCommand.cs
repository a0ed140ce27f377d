using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Set-BpfMapEntry: writes entries of maps.</summary>
[Cmdlet(VerbsCommon.Set, "BpfMapEntry", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMapEntry))]
public sealed class SetBpfMapEntryCommand : MapEntryCmdlet
{
    private readonly Dictionary<uint, bool> _allowed = [];
    private EntryWriter _writer = null!;
    private bool _isOver;

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
    [ArgumentCompleter(typeof(CpuCompleter))]
    [ValidateRange(0, int.MaxValue)]
    [WholeNumber]
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

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (NoExist && Exist)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-NoExist and -Exist exclude each other."), null);
        }
        if (Key is not null && Value is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "A key was given, and no value.",
                "Give the value with -Value; or pipe entries in, without -Key."), null);
        }
        if (Cpu is not null && Value is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-Cpu goes with -Key and -Value.",
                "Entries from the pipeline have a property for each CPU: change that."), null);
        }
        _writer = new EntryWriter(NoExist ? BpfUpdateMode.NoExist : Exist ? BpfUpdateMode.Exist : BpfUpdateMode.Any, confirms: PassThru);
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
                var entry = Plain(item);
                foreach (var map in MapsOfEntry(entry, item))
                {
                    Write(map, entry, item);
                }
            }
        }
        else if (!MyInvocation.ExpectingInput)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No entry is specified.",
                "Specify it with -Key and -Value, or pipe entries in."), null);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _isOver = true;
        try
        {
            _writer.Complete();
        }
        catch (BpfException e)
        {
            ReportRefused();
            Terminate(e, _writer.Failed);
        }
        ReportRefused();
    }

    /// <summary>Writes what came before the pipeline was interrupted, or ended by an error elsewhere, and says how much that is.</summary>
    private protected override void Release()
    {
        _writer?.Dispose();
        if (!_isOver && _writer?.Written is > 0 and var written)
        {
            SayAfterEnd($"The pipeline ended early. {BpfMapWriter.WrittenText(written)} before that, and stay written.");
        }
    }

    private void SetOne(BpfMap map)
    {
        var (key, value) = (PlainValue.Of(Key), PlainValue.Of(Value)!);
        if (ShouldProcess(map.ToString(), $"Set the entry {RecordText.Format(key)} to {RecordText.Format(value)}")
            && Try(() => _writer.Set(map, key, value, Cpu), Key ?? Value) is { } entry)
        {
            WriteObject(entry);
        }
    }

    private void Write(BpfMap map, object entry, object item)
    {
        if (!_allowed.TryGetValue(map.Id, out var isAllowed))
        {
            _allowed[map.Id] = isAllowed = ShouldProcess(map.ToString(), "Write entries");
        }
        if (!isAllowed)
        {
            return;
        }
        try
        {
            _writer.Write(map, entry);
        }
        catch (BpfException e) when (_writer.CanGoOnAfter(e))
        {
            WriteError(e, item);
            return;
        }
        catch (BpfException e)
        {
            _isOver = true;
            Terminate(e, item);
        }
        if (ReportRefused() == 0 && PassThru)
        {
            WriteObject(item);
        }
    }

    private int ReportRefused()
    {
        var count = 0;
        for (; _writer.TryTakeRefused(out var refused); count++)
        {
            WriteError(refused.Error, refused.Entry);
        }
        return count;
    }
}
