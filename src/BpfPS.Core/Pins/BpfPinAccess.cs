using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Whose a new pin is and who may use it, where it is not to be root's alone. Directories that are made for it are given the
/// same, and may be entered by whoever may read.
/// </summary>
/// <param name="Mode">As chmod takes it, for pins; null for 0600.</param>
/// <param name="UserId">The user; null for the one that makes it.</param>
/// <param name="GroupId">The group; null for that of the one that makes it.</param>
public sealed record BpfPinAccess(uint? Mode, uint? UserId, uint? GroupId)
{
    private const uint Unchanged = uint.MaxValue; // chown leaves what is -1

    /// <summary>Reads what a person gives.</summary>
    /// <param name="mode">Octal digits, "0640"; null or empty for none.</param>
    /// <param name="owner">"user", "user:group" or ":group", by names or ids; null or empty for none.</param>
    /// <returns>The access; null when neither is given.</returns>
    /// <exception cref="BpfException">It is no mode, or the system has no such user or group.</exception>
    public static BpfPinAccess? Parse(string? mode, string? owner)
    {
        if (string.IsNullOrEmpty(mode) && string.IsNullOrEmpty(owner))
        {
            return null;
        }
        var parts = (owner ?? "").Split(':', 2);
        return new BpfPinAccess(string.IsNullOrEmpty(mode) ? null : ParseMode(mode),
            Id(parts[0], "user", UserNames.UserId), parts.Length < 2 ? null : Id(parts[1], "group", UserNames.GroupId));
    }

    /// <summary>Gives new pins and the directories made for them their mode and owner.</summary>
    /// <exception cref="BpfException">The system refused.</exception>
    internal void Apply(IEnumerable<string> pins, IEnumerable<string> directories)
    {
        foreach (var path in pins)
        {
            Apply(path, Mode);
        }
        foreach (var path in directories)
        {
            Apply(path, Mode | Enterable(Mode ?? 0));
        }
    }

    private static uint Enterable(uint mode) => 0x40 | (mode & 0x124) >> 2; // x for whoever has r, and for the owner

    private void Apply(string path, uint? mode)
    {
        // The owner first: chown takes away what a mode says of set-id.
        if ((UserId ?? GroupId) is not null && Libc.chown(path, UserId ?? Unchanged, GroupId ?? Unchanged) != 0
            || mode is { } bits && Libc.chmod(path, bits) != 0)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Setting owner and mode of '{VisibleText.Escape(path)}'");
        }
    }

    private static uint ParseMode(string mode) =>
        mode.Length is 3 or 4 && mode.All(digit => digit is >= '0' and <= '7') && (mode.Length == 3 || mode[0] == '0')
        ? Convert.ToUInt32(mode, 8)
        : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(mode)}' is no mode of a pin.",
            "Give it in octal digits, such as 0640: the owner reads and writes, the group reads.");

    private static uint? Id(string name, string what, Func<string, uint?> find) => name.Length == 0 ? null
        : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Unchanged ? id
        : find(name) ?? throw new BpfException(BpfErrorKind.NotFound, $"This system has no {what} '{VisibleText.Escape(name)}'.",
            "Give -Owner as user, user:group or :group, by names or ids.");
}
