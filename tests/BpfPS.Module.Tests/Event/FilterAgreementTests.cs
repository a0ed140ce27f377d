using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// A filter's answer on a record's bytes is PowerShell's own for the same script block on the object: generated script blocks and records,
/// with Where-Object as the witness. Neither needs the kernel.
/// </summary>
public sealed class FilterAgreementTests : IDisposable
{
    private const int Records = 10;

    private static readonly int s_filters = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 10_000 : 400;

    private readonly Session _session = new();
    private readonly RawRecords _records;

    public FilterAgreementTests() => _records = new RawRecords(Repository.TestProgram("types"), "types_event");

    public void Dispose()
    {
        _records.Dispose();
        _session.Dispose();
    }

    [Fact]
    public void Generated_filters_select_what_Where_Object_selects()
    {
        var wrong = new List<string>();
        var (refused, selected, pairs) = (0, 0, 0);
        object[] records = [];
        for (var seed = 0; seed < s_filters; seed++)
        {
            var random = new Random(seed);
            if (seed % 20 == 0)
            {
                records = _records.Make(random, Records);
                _session.Set("records", records);
            }
            var text = new FilterText(random, records).Condition(depth: 2);
            var expected = Expected(text);
            bool[] got;
            try
            {
                got = _records.Select(_session, text);
            }
            catch (TargetInvocationException e) when (e.InnerException?.GetType().Name == "BpfException")
            {
                refused++;
                continue;
            }
            pairs += got.Length;
            selected += got.Count(one => one);
            for (var i = 0; i < got.Length; i++)
            {
                if (got[i] != expected[i])
                {
                    wrong.Add($"seed {seed}: {{ {text} }} is {expected[i]}, and the filter says {got[i]}, of "
                        + RawRecords.Describe(records[i], text));
                    break;
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {s_filters}, the first:\n{string.Join('\n', wrong.Take(20))}");
        // Most is decided on bytes, and neither all nor nothing is selected.
        Assert.InRange(refused, 0, s_filters / 5);
        Assert.InRange(selected, pairs / 20, pairs * 19 / 20);
    }

    private bool[] Expected(string filter) => [.. _session.Run($$"""
        foreach ($record in $records) {
            try { @($record | Where-Object { {{filter}} } -ErrorAction Stop).Count -gt 0 } catch { $false }
        }
        """).Output.Select(one => (bool)one.BaseObject)];

    /// <summary>Script blocks about members of struct types_event.</summary>
    private sealed class FilterText(Random random, object[] records)
    {
        private static readonly string[] s_numbers = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "be16", "port", "bits33",
            "signed5", "point.x", "point.z", "points[1].y", "numbers[2]", "numbers[-1]", "raw[1]", "number.halves.low",
            "inner_first", "matrix[1][2]"];
        private static readonly string[] s_reals = ["real", "small_real"];
        private static readonly string[] s_texts = ["text", "full"];
        private static readonly string[] s_enums = ["colour", "unnamed_colour", "failure"];
        private static readonly string[] s_others = ["duration", "time", "ipv4", "ipv6", "yes", "no"];
        private static readonly string[] s_relations = ["eq", "ne", "lt", "le", "gt", "ge"];
        private static readonly string[] s_words = ["bash", "Ba", "hello", "HELLO", "he", "o", "", "12", "0", "_x-y", "straße", "a b"];

        public string Condition(int depth)
        {
            if (depth > 0 && random.Next(3) == 0)
            {
                var (left, right) = (Condition(depth - 1), Condition(depth - 1));
                return random.Next(7) switch
                {
                    0 => $"-not ({left})",
                    1 => $"({left}) -xor ({right})",
                    < 5 => $"({left}) -and ({right})",
                    _ => $"({left}) -or ({right})",
                };
            }
            return random.Next(16) switch
            {
                < 4 => $"$_.{One(s_numbers)} -{One(s_relations)} {Constant(One(s_numbers))}",
                4 => $"$_.{One(s_numbers)} -{One(s_relations)} $_.{One(s_numbers)}",
                5 => $"{Arithmetic()} -{One(s_relations)} {random.Next(-300, 300)}",
                6 => $"$_.{One(s_reals)} -{One(s_relations)} {One(["0", "1.5", "-0.25", "$_.u8", "'1.5'", "2d"])}",
                7 => $"$_.{One(s_texts)} -{One(["", "c", "i"])}{One(s_relations)} '{Word()}'",
                8 => $"$_.{One(s_texts)} -{One(["like", "notlike", "clike"])} '{One(["*", "", "?", "[a-h]"])}{Word()}{One(["*", ""])}'",
                9 => $"$_.{One(s_texts)} -{One(["match", "notmatch", "cmatch"])} '{One(["^", "", "."])}{Word()}{One(["$", ""])}'",
                10 => $"$_.{One(s_texts)}.{One(["StartsWith", "EndsWith", "Contains"])}('{Word()}')",
                11 => $"$_.{One(s_texts)}.Length -{One(s_relations)} {random.Next(8)}",
                12 => Named(),
                13 => Other(),
                14 => List(),
                _ => $"$_.{One([.. s_numbers, .. s_texts, .. s_reals, "yes", "no", "colour"])}",
            };
        }

        private string Arithmetic() => random.Next(9) switch
        {
            0 => $"(-$_.{One(s_numbers)})",
            1 => $"($_.{One(s_numbers)} -{One(["band", "bor", "bxor"])} {One(["1", "0xff", "0x8000", "-1", "$_.u8"])})",
            2 => $"($_.{One(s_numbers)} -{One(["shl", "shr"])} {random.Next(40)})",
            3 => $"(-bnot $_.{One(s_numbers)})",
            7 => $"($_.colour -band {One(["1", "3", "77"])})",
            4 => $"($_.{One(s_numbers)} % {random.Next(1, 9)})",
            _ => $"($_.{One(s_numbers)} {One(["+", "-", "*", "/"])} {One(["2", "1000", "0.5", "$_.s16", "$_.u32", "$_.u64", "1L", "0"])})",
        };

        private string Named()
        {
            var member = One(s_enums);
            return $"$_.{member} -{One(s_relations)} {One([Constant(member), "1", "77", "'1'", "$_.u8"])}";
        }

        private string Other() => random.Next(6) switch
        {
            0 => $"$_.duration -{One(s_relations)} {One(["[TimeSpan]::FromSeconds(1)", "'00:00:02'", "'0:0:0.5'", "$null"])}",
            1 => $"$_.duration.TotalSeconds -{One(s_relations)} {random.Next(4)}",
            2 => $"$_.time -{One(s_relations)} {One(["[DateTime]::Now", "$null", "[DateTime]::Now.AddDays(-1)", "'2020-01-01'"])}",
            3 => $"$_.{One(["ipv4", "ipv6"])} -{One(["eq", "ne"])} {One(["'192.0.2.1'", "[ipaddress]'::1'", "'nowhere'", "$null"])}",
            4 => $"$_.{One(["yes", "no"])} -{One(["eq", "ne"])} {One(["$true", "$false", "1", "'true'", "''"])}",
            _ => $"$_.{One(s_others)} -{One(["eq", "ne"])} {Constant(One(s_others))}",
        };

        private string List() => random.Next(6) switch
        {
            0 => $"$_.{One(s_numbers)} -{One(["in", "notin"])} {Constant("u8")}, {Constant("s16")}, 3",
            1 => $"$_.u8 -in 1..{random.Next(20, 200)}",
            2 => $"$_.{One(s_texts)} -{One(["in", "cin", "notin"])} '{Word()}', '{Word()}', 12",
            3 => $"$_.{One(["numbers", "raw"])} -{One(["contains", "notcontains"])} {Constant(One(["numbers[2]", "raw[1]"]))}",
            4 => $"{random.Next(256)} -in $_.raw",
            _ => $"('{Word()}', '{Word()}') -contains $_.{One(s_texts)}",
        };

        /// <summary>A value that a record has, or one near it, in one of the ways to write it.</summary>
        private string Constant(string member)
        {
            var value = Value(records[random.Next(records.Length)], member);
            var text = value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : $"{value}";
            if (value is null)
            {
                return "$null";
            }
            return (value, random.Next(6)) switch
            {
                (bool, _) => $"${value}".ToLowerInvariant(),
                (Enum or string or System.Net.IPAddress or TimeSpan or DateTime, _) => $"'{text}'",
                (_, 0) => $"'{text}'",
                (_, 1) => $"({text})",
                (_, 2) => $"{random.Next(-5, 300)}",
                (_, 3) => $"{random.Next(-5, 300)}.5",
                _ => text,
            };
        }

        private string Word() => One(s_words);

        private T One<T>(T[] some) => some[random.Next(some.Length)];

        private static object? Value(object record, string path)
        {
            object? value = record;
            foreach (var part in path.Replace("]", "", StringComparison.Ordinal).Split('.', '['))
            {
                value = int.TryParse(part, out var index) ? ((Array)value!).GetValue(index < 0 ? index + ((Array)value).Length : index)
                    : value!.GetType().GetProperty(part)!.GetValue(value);
            }
            return value;
        }
    }

    /// <summary>Records of a struct of an object file with random bytes, and the engine's own way to look at them.</summary>
    private sealed class RawRecords : IDisposable
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
            var compile = Loaded("BpfPS").GetType("BpfPS.Commands.FilterParser")!.GetMethod("Compile")!;
            Exception? refused = null;
            var predicate = session.InSession(state =>
            {
                try
                {
                    return compile.Invoke(null, [ScriptBlock.Create(filter), _class, state])!;
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
}
