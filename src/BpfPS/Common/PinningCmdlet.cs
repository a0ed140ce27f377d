using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>A cmdlet that makes something and can pin it in bpffs at the same time.</summary>
public abstract class PinningCmdlet : BpfCmdlet
{
    /// <summary>Where to pin it in bpffs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string? PinPath { get; set; }

    /// <summary>Who may use the pins, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pins are: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <summary>Who may use the pins; null for the user that makes them.</summary>
    /// <param name="isPinned">Whether anything is pinned.</param>
    /// <param name="ways">The parameters that pin, for the remedy.</param>
    /// <exception cref="BpfException">It is not valid, or nothing is pinned.</exception>
    private protected BpfPinAccess? PinAccess(bool isPinned, string ways)
    {
        var access = BpfPinAccess.Parse(Mode, Owner);
        return access is null || isPinned ? access
            : throw new BpfException(BpfErrorKind.InvalidArgument, "-Mode and -Owner apply to pins, and nothing is to be pinned.",
                $"Specify where to pin it with {ways}.");
    }
}
