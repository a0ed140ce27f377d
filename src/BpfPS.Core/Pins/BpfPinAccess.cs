using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// The owner and permissions of a new pin that is not for root only. Directories created for the pin get the same, plus execute
/// permission for everyone who has read permission.
/// </summary>
/// <param name="Mode">The mode of the pins, in the form of chmod; null for 0600.</param>
/// <param name="UserId">The owning user; null for the user that creates the pin.</param>
/// <param name="GroupId">The owning group; null for the group of the user that creates the pin.</param>
public sealed record BpfPinAccess(uint? Mode, uint? UserId, uint? GroupId)
{
    private const uint Unchanged = uint.MaxValue; // chown does not change an id that is -1

    /// <summary>Parses the mode and owner that a user specified.</summary>
    /// <param name="mode">Octal digits, such as "0640"; null or empty for the default.</param>
    /// <param name="owner">"user", "user:group" or ":group", by names or ids; null or empty for the default.</param>
    /// <returns>The access; null if neither is specified.</returns>
    /// <exception cref="BpfException">The mode is not valid, or the user or group does not exist.</exception>
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

    /// <summary>Sets the mode and owner of new pins and of the directories created for them.</summary>
    /// <exception cref="BpfException">The mode or owner cannot be set.</exception>
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

    // Execute permission for everyone with read permission, and for the owner.
    private static uint Enterable(uint mode) => 0x40 | (mode & 0x124) >> 2;

    private void Apply(string path, uint? mode)
    {
        var operation = $"Setting owner and mode of '{VisibleText.Escape(path)}'";
        // The mode first, which only the owner may change. It has no set-id bits, which a change of the owner would clear.
        if (mode is { } bits && Libc.chmod(path, bits) != 0)
        {
            throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), operation, path, FileUse.Mode);
        }
        if ((UserId ?? GroupId) is not null && Libc.chown(path, UserId ?? Unchanged, GroupId ?? Unchanged) != 0)
        {
            throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), operation, path, FileUse.Own);
        }
    }

    private static uint ParseMode(string mode) =>
        mode.Length is 3 or 4 && mode.All(digit => digit is >= '0' and <= '7') && (mode.Length == 3 || mode[0] == '0')
        ? Convert.ToUInt32(mode, 8)
        : throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(mode)}' is not a valid mode for a pin.",
            "Specify octal digits, such as 0640 (the owner can read and write, the group can read).");

    private static uint? Id(string name, string what, Func<string, uint?> find) => name.Length == 0 ? null
        : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Unchanged ? id
        : find(name) ?? throw new BpfException(BpfErrorKind.NotFound, $"This system has no {what} '{VisibleText.Escape(name)}'.",
            BpfRemedy.With($"Specify {BpfOption.Owner} as user, user:group or :group, by names or ids."));
}
