using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Module.Tests.Event;

/// <summary>Records of a struct of an object file with random bytes, and the engine's own way to look at them.</summary>
internal sealed class RawRecords : IDisposable
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Assembly _engine = Loaded("BpfPS.Core");
    private readonly object _class;
    private readonly int _size;
    private nint _bytes;
    private int _count;

    public RawRecords(string file, string name)
    {
        var types = Get(_engine.GetType("BpfPS.BpfObjectSpec")!.GetMethod("Read", [typeof(string)])!.Invoke(null, [file])!, "Types");
        var structs = Activator.CreateInstance(_engine.GetType("BpfPS.Maps.ProgramStructs")!, Any, null, [types, null], null)!;
        _class = Call(Call(structs, "Named", name), "MakeClass");
        _size = (int)(uint)Get(((System.Collections.IList)Get(_class, "Parts"))[0]!, "Size");
    }

    public void Dispose() => Marshal.FreeHGlobal(_bytes);

    public object[] Make(Random random, int count)
    {
        Marshal.FreeHGlobal(_bytes);
        _bytes = Marshal.AllocHGlobal(_size * count);
        _count = count;
        return [.. Enumerable.Range(0, count).Select(number =>
        {
            var bytes = Bytes(random);
            Marshal.Copy(bytes, 0, _bytes + number * _size, _size);
            return ((Delegate)Get(_class, "Decode")).DynamicInvoke(_bytes + number * _size, (nint)0, _size)!;
        })];
    }

    public bool[] Select(Session session, string filter)
    {
        var parser = Loaded("BpfPS").GetType("BpfPS.Commands.FilterParser")!;
        var parse = parser.GetMethod("Parse", BindingFlags.Static | BindingFlags.NonPublic)!;
        var compile = parser.GetMethod("Condition")!;
        Exception? refused = null;
        var predicate = session.InSession(state =>
        {
            try
            {
                return compile.Invoke(null, [parse.Invoke(null, [ScriptBlock.Create(filter), state]), _class])!;
            }
            catch (TargetInvocationException e)
            {
                refused = e;
                return "refused";
            }
        }) as Delegate ?? throw refused!;
        return [.. Enumerable.Range(0, _count).Select(number => Answer(predicate, _bytes + number * _size))];
    }

    public static string Describe(object record, string filter) => string.Join(", ", record.GetType().GetProperties()
        .Where(property => filter.Contains($"$_.{property.Name}", StringComparison.Ordinal))
        .Select(property => $"{property.Name} = {LanguagePrimitives.ConvertTo<string>(property.GetValue(record))}"));

    /// <summary>The bytes of the records.</summary>
    public byte[][] AllBytes() => [.. Enumerable.Range(0, _count).Select(number =>
    {
        var bytes = new byte[_size];
        Marshal.Copy(_bytes + number * _size, bytes, 0, _size);
        return bytes;
    })];

    /// <summary>Whether a record has text that is not printable ASCII in a member that a filter names.</summary>
    public static bool HasOtherText(object record, string filter) => record.GetType().GetProperties().Any(property =>
        filter.Contains($"$_.{property.Name}", StringComparison.Ordinal)
        && property.GetValue(record) is string text && text.Any(c => c is < ' ' or > '~'));

    private bool Answer(Delegate predicate, nint address)
    {
        try
        {
            return (bool)predicate.DynamicInvoke(address, _size)!;
        }
        catch (TargetInvocationException e) when (e.InnerException?.GetType().Name == "BpfException")
        {
            return false; // an error for the record, as in the pipeline
        }
    }

    /// <summary>Random bytes, with text in the members of text, and small numbers where only those mean something.</summary>
    private byte[] Bytes(Random random)
    {
        var bytes = new byte[_size];
        random.NextBytes(bytes);
        foreach (var field in (System.Collections.IEnumerable)Get(_class, "Fields"))
        {
            var (shape, offset) = (Get(field, "Shape"), (int)(uint)Get(field, "Offset"));
            var size = (int)(uint)Get(shape, "Size");
            var whole = bytes.AsSpan(offset, Math.Min(size, _size - offset));
            switch (shape.GetType().Name)
            {
                case "TextShape":
                    whole.Clear();
                    string[] words = ["bash", "BASH", "hello", "Hello", "he", "", "12", "0", "_x-y", "straße", "a b\u0001",
                        "0123456789abcdef"];
                    var text = Encoding.UTF8.GetBytes(words[random.Next(words.Length)]);
                    text.AsSpan(0, Math.Min(text.Length, size)).CopyTo(whole);
                    break;
                case "EnumShape" or "ScalarShape" or "ReadShape" when size <= 8 && random.Next(2) == 0:
                    whole[1..].Clear();
                    whole[0] = (byte)(random.Next(5) is 4 ? 77 : random.Next(4));
                    break;
                case "ScalarShape" when Get(shape, "Clr") is Type { Name: "Double" or "Single" } real:
                    var number = random.Next(-4, 5) * 0.5;
                    (real == typeof(double) ? BitConverter.GetBytes(number) : BitConverter.GetBytes((float)number)).CopyTo(whole);
                    break;
                case "ReadShape" when size == 8:
                    BitConverter.GetBytes(random.NextInt64(5_000_000_000)).CopyTo(whole); // nanoseconds
                    break;
            }
        }
        return bytes;
    }

    private static Assembly Loaded(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Last(assembly => assembly.GetName().Name == name);

    private static object Get(object of, string property) => of.GetType().GetProperty(property, Any)!.GetValue(of)!;

    private static object Call(object of, string method, params object[] arguments) =>
        of.GetType().GetMethod(method, Any)!.Invoke(of, arguments)!;
}
