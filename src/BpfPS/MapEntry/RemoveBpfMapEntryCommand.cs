using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfMapEntry: deletes entries of maps.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfMapEntry", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
public sealed class RemoveBpfMapEntryCommand : MapEntryCmdlet
{
    private BpfMapAccess? _access;
    private BpfMap? _map;

    /// <summary>The keys: numbers, strings, addresses or prefixes, enums' names, tables of a struct's members.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public object[]? Key { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Key is not null)
        {
            foreach (var map in MapsOfKeys())
            {
                foreach (var key in Key)
                {
                    Remove(map, PlainValue.Of(key)!, RecordText.Format(PlainValue.Of(key)), (access, plain) => access.Remove(plain));
                }
            }
        }
        else if (InputObject.Length > 0)
        {
            foreach (var item in Entries(InputObject))
            {
                var entry = Plain(item);
                if (Try(() => MapOfEntry(entry), item) is { } map)
                {
                    Remove(map, entry, entry is BpfMapEntry known ? RecordText.Key(known) : "of the given key", (access, plain) => access.RemoveEntry(plain));
                }
            }
        }
        else if (!MyInvocation.ExpectingInput)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No entries are specified.", "Specify their keys with -Key, or pipe entries in. Clear-BpfMap removes all."), null);
        }
    }

    /// <inheritdoc/>
    private protected override void Release() => _access?.Dispose();

    private void Remove(BpfMap map, object entry, string shown, Func<BpfMapAccess, object, bool> remove)
    {
        if (!ShouldProcess(map.ToString(), $"Remove the entry {shown}"))
        {
            return;
        }
        try
        {
            if (_map?.Id != map.Id)
            {
                _access?.Dispose();
                _access = new BpfMapAccess(map);
                _map = map;
            }
            if (!remove(_access!, entry))
            {
                WriteError(new BpfException(BpfErrorKind.NotFound, $"Map '{VisibleText.Escape(map.Name)}' has no entry {shown}.", "List the entries with Get-BpfMapEntry.", (int)BpfErrno.ENOENT), entry);
            }
        }
        catch (BpfException e)
        {
            WriteError(e, entry);
        }
    }
}
