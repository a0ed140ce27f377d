using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace BpfPS.Fuzzing;

/// <summary>
/// What the process that tries inputs has reached, and the input that it is trying, in a file that both processes have in memory: it
/// outlives whatever the input does to the process.
/// </summary>
internal sealed class Progress : IDisposable
{
    private const int ExecutionsAt = 0, StartedAt = 8, EdgesAt = 16, CorpusAt = 20, LengthAt = 24, InputAt = 64;
    private const int LargestInput = 1 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private Progress(string path, FileMode mode)
    {
        _file = MemoryMappedFile.CreateFromFile(path, mode, null, InputAt + LargestInput);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>How many inputs have been tried.</summary>
    public long Executions => _view.ReadInt64(ExecutionsAt);

    /// <summary>How many edges of the engine they took.</summary>
    public int Edges => _view.ReadInt32(EdgesAt);

    /// <summary>How many inputs there are to make others of.</summary>
    public int Corpus => _view.ReadInt32(CorpusAt);

    /// <summary>For how long the present input has been tried; zero between two.</summary>
    public TimeSpan Tried => _view.ReadInt64(StartedAt) is > 0 and var started ? Stopwatch.GetElapsedTime(started) : TimeSpan.Zero;

    /// <summary>The input that was tried last; null if there was none.</summary>
    public byte[]? Input
    {
        get
        {
            var length = _view.ReadInt32(LengthAt);
            if (length < 0 || Executions == 0)
            {
                return null;
            }
            var input = new byte[length];
            _view.ReadArray(InputAt, input, 0, length);
            return input;
        }
    }

    /// <summary>An empty one.</summary>
    public static Progress Create(string path) => new(path, FileMode.Create);

    /// <summary>The one that the watching process has made.</summary>
    public static Progress Open(string path) => new(path, FileMode.Open);

    /// <summary>Says what will be tried.</summary>
    public void Begin(byte[] input)
    {
        _view.Write(LengthAt, input.Length);
        _view.WriteArray(InputAt, input, 0, input.Length);
        _view.Write(ExecutionsAt, Executions + 1);
        _view.Write(StartedAt, Stopwatch.GetTimestamp());
    }

    /// <summary>Says that it is over, and what there is by now.</summary>
    public void End(int edges, int corpus)
    {
        _view.Write(StartedAt, 0L);
        _view.Write(EdgesAt, edges);
        _view.Write(CorpusAt, corpus);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
