using System.Text;

namespace BpfPS.Shell.Prompt;

/// <summary>
/// The commands typed before, kept in a file that several sessions share: each appends under the file's lock, and
/// none rewrites what another has added. Only the user may read it.
/// </summary>
internal sealed class CommandHistory
{
    private const int Capacity = 2000;

    // Trimmed only this far above the capacity, so that not every start rewrites the file.
    private const int Slack = 500;

    private const int LockAttempts = 20;

    private const UnixFileMode OnlyUser = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly List<string> _entries;

    /// <summary>Reads the history.</summary>
    /// <param name="path">Its file, which need not exist. A file that cannot be used leaves the history of this session alone.</param>
    public CommandHistory(string path)
    {
        _path = path;
        _entries = Locked(Load) ?? [];
    }

    /// <summary>Where the history is kept: bpfps/history under XDG_STATE_HOME.</summary>
    public static string DefaultPath
    {
        get
        {
            var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            var root = Path.IsPathRooted(state)
                ? state
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
            return Path.Combine(root, "bpfps", "history");
        }
    }

    /// <summary>How many commands there are.</summary>
    public int Count => _entries.Count;

    /// <summary>A command; the oldest is the first.</summary>
    public string this[int index] => _entries[index];

    /// <summary>Adds a command, unless it is blank, begins with a blank, or is the last one again.</summary>
    public void Add(string command)
    {
        if (command.Length == 0 || char.IsWhiteSpace(command[0]) || (_entries.Count > 0 && _entries[^1] == command))
        {
            return;
        }

        _entries.Add(command);
        Locked(file =>
        {
            file.Seek(0, SeekOrigin.End);
            file.Write(Encoding.UTF8.GetBytes(Escape(command) + "\n"));
            return true;
        });
    }

    /// <summary>Finds the last command before an index that contains a text, in any case; -1 when there is none.</summary>
    public int FindBefore(int index, string text)
    {
        for (var i = index - 1; i >= 0; i--)
        {
            if (_entries[i].Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private static List<string> Load(FileStream file)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length > Capacity + Slack)
        {
            lines = lines[^Capacity..];
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        }

        return [.. lines.Select(Unescape)];
    }

    private static string Escape(string command) => command.Replace("\\", "\\\\").Replace("\n", "\\n");

    private static string Unescape(string line)
    {
        var command = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            var escaped = line[i] == '\\' && i + 1 < line.Length;
            command.Append(!escaped ? line[i] : line[++i] == 'n' ? '\n' : line[i]);
        }

        return command.ToString();
    }

    // FileShare.None takes an advisory lock (flock), which is what other sessions wait for.
    private T? Locked<T>(Func<FileStream, T> use)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!, OnlyUser | UnixFileMode.UserExecute);
                using var file = new FileStream(_path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = OnlyUser,
                });
                File.SetUnixFileMode(file.SafeFileHandle, OnlyUser);
                return use(file);
            }
            catch (IOException) when (attempt < LockAttempts && File.Exists(_path))
            {
                Thread.Sleep(10);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A read-only home: the history lasts as long as the session.
                return default;
            }
        }
    }
}
