using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Remove-BpfMapEntry: deletes entries of maps.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfMapEntry", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
public sealed class RemoveBpfMapEntryCommand : MapEntryCmdlet
{
    private readonly Dictionary<uint, BpfMapAccess> _open = [];

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
                    var plain = PlainValue.Of(key)!;
                    Remove(map, plain, RecordText.Format(plain), (access, given) => access.Remove(given));
                }
            }
        }
        else if (InputObject.Length > 0)
        {
            foreach (var item in Entries(InputObject))
            {
                var entry = Plain(item);
                var shown = entry is BpfMapEntry known ? RecordText.Key(known) : "of the given key";
                foreach (var map in MapsOfEntry(entry, item))
                {
                    Remove(map, entry, shown, (access, plain) => access.RemoveEntry(plain));
                }
            }
        }
        else if (!MyInvocation.ExpectingInput)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No entries are specified.",
                "Specify their keys with -Key, or pipe entries in. Clear-BpfMap removes all."), null);
        }
    }

    /// <inheritdoc/>
    private protected override void Release()
    {
        foreach (var access in _open.Values)
        {
            access.Dispose();
        }
    }

    private void Remove(BpfMap map, object entry, string shown, Func<BpfMapAccess, object, bool> remove)
    {
        if (!ShouldProcess(map.ToString(), $"Remove the entry {shown}"))
        {
            return;
        }
        try
        {
            if (!_open.TryGetValue(map.Id, out var access))
            {
                _open[map.Id] = access = new BpfMapAccess(map);
            }
            if (!remove(access, entry))
            {
                WriteError(MapErrors.NoEntry(map, shown), entry);
            }
        }
        catch (BpfException e)
        {
            WriteError(e, entry);
        }
    }
}
