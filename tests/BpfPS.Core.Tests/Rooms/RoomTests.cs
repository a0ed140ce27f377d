using System.Text.RegularExpressions;
using BpfPS.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfPS.Core.Tests.Rooms;

/// <summary>Holds the table and the drawing of docs/code-layout.md against the engine's code.</summary>
public sealed partial class RoomTests
{
    private static readonly RoomTable s_table = RoomTable.Read();
    private static readonly EngineSource s_engine = EngineSource.Shared;

    // Every way to write text in C#.
    private static readonly SyntaxKind[] s_texts =
    [
        SyntaxKind.StringLiteralToken, SyntaxKind.InterpolatedStringTextToken, SyntaxKind.SingleLineRawStringLiteralToken,
        SyntaxKind.MultiLineRawStringLiteralToken, SyntaxKind.Utf8StringLiteralToken, SyntaxKind.Utf8SingleLineRawStringLiteralToken,
        SyntaxKind.Utf8MultiLineRawStringLiteralToken,
    ];

    [Fact]
    public void Every_folder_of_the_engine_is_a_room_of_the_table_and_the_other_way_round()
    {
        var folders = Directory.EnumerateDirectories(s_engine.Folder).Select(path => Path.GetFileName(path)!).Except(["bin", "obj"]);

        Assert.Equal(folders.Order(StringComparer.Ordinal), s_table.Rooms.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_room_is_one_folder_deep() =>
        Assert.DoesNotContain(s_engine.Files.Select(file => s_engine.Relative(file.FilePath)), path => path.Count(c => c == '/') > 1);

    [Fact]
    public void An_arrow_of_the_table_never_runs_upwards_so_that_there_is_no_circle()
    {
        var upwards = from room in s_table.Rooms
                      from used in s_table.MayUse[room]
                      where Height(used) < 0 || Height(used) >= Height(room)
                      select $"{room} -> {used}";

        AssertNone(upwards);
    }

    [Fact]
    public void The_compiler_knows_every_name_of_the_engine_here() => AssertNone(s_engine.Unknown());

    [Fact]
    public void No_room_uses_another_that_the_table_does_not_allow_it()
    {
        var forbidden = from use in s_engine.Uses()
                        where use.From != use.To && !s_table.Reach(use.From).Contains(use.To)
                        select $"{use.From} -> {use.To}: {use.Words}";

        AssertNone(forbidden);
    }

    [Fact]
    public void The_table_allows_nothing_that_no_code_uses()
    {
        var used = s_engine.Uses().Select(use => (use.From, use.To)).Distinct().ToHashSet();
        var idle = from room in s_table.Rooms
                   from allowed in s_table.MayUse[room]
                   where !used.Contains((room, allowed))
                   select $"{room} -> {allowed}";

        AssertNone(idle);
    }

    [Fact]
    public void The_drawing_has_the_arrows_of_the_table()
    {
        var allowed = from room in s_table.Rooms
                      from used in s_table.MayUse[room]
                      select (room, used);

        Assert.Equal(allowed.Order(), s_table.Drawn.Order());
    }

    [Fact]
    public void Internal_types_have_the_namespace_of_their_room()
    {
        var elsewhere = from file in s_engine.Files
                        let room = s_engine.RoomOf(file.FilePath)
                        let expected = room == RoomTable.Root ? "BpfPS" : $"BpfPS.{room}"
                        from declared in file.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
                        let isPublic = declared.Members.OfType<MemberDeclarationSyntax>()
                            .Any(member => member.Modifiers.Any(SyntaxKind.PublicKeyword))
                        where declared.Name.ToString() != expected && !(isPublic && declared.Name.ToString() == "BpfPS")
                        select $"{s_engine.Relative(file.FilePath)}: {declared.Name}";

        AssertNone(elsewhere);
    }

    [Fact]
    public void Native_functions_are_declared_in_Native_only()
    {
        var elsewhere = from file in s_engine.Files
                        where s_engine.RoomOf(file.FilePath) != "Native"
                        from name in file.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
                        where NativeName().IsMatch(name.Identifier.Text)
                        select Place(name.Parent!);

        AssertNone(elsewhere.Concat(InCmdlets(@"\b(DllImport|LibraryImport|NativeLibrary)")));
    }

    [Fact]
    public void Unsafe_code_outside_of_Native_says_why_it_is_sound()
    {
        var silent = from file in s_engine.Files
                     where s_engine.RoomOf(file.FilePath) != "Native"
                     from token in file.GetRoot().DescendantTokens().Where(token => token.IsKind(SyntaxKind.UnsafeKeyword))
                     where !token.Parent!.GetLeadingTrivia().ToFullString().Contains("// unsafe: ", StringComparison.Ordinal)
                     select Place(token.Parent!);

        AssertNone(silent);
    }

    [Fact]
    public void No_cmdlet_is_named_in_the_engine()
    {
        var named = from file in s_engine.Files
                    from token in file.GetRoot().DescendantTokens()
                    where s_texts.Contains(token.Kind())
                    where CmdletName().IsMatch(token.Text)
                    select Place(token.Parent!);

        AssertNone(named);
    }

    [Fact]
    public void No_parameter_of_a_cmdlet_is_named_in_the_engine()
    {
        var names = string.Join('|', CmdletParameters().Concat(["Verbose", "Debug", "WhatIf", "Confirm"]));
        var parameter = new Regex($@"(?<![\w-])-({names})\b");
        var named = from file in s_engine.Files
                    from token in file.GetRoot().DescendantTokens()
                    where s_texts.Contains(token.Kind())
                    where parameter.IsMatch(token.Text)
                    select Place(token.Parent!);

        AssertNone(named);
    }

    [Fact]
    public void Every_option_that_a_remedy_names_is_a_parameter()
    {
        var parameters = CmdletParameters().ToHashSet();

        AssertNone(Enum.GetNames<BpfOption>().Where(option => !parameters.Contains(option)));
    }

    [Fact]
    public void An_option_in_a_text_is_in_the_wording_of_a_remedy()
    {
        // In an ordinary text it would be its plain name.
        var lost = from file in s_engine.Files
                   from option in file.GetRoot().DescendantNodes().OfType<MemberAccessExpressionSyntax>()
                   where option.Expression.ToString() == nameof(BpfOption)
                   where option.Ancestors().OfType<InterpolationSyntax>().Any()
                   where !option.Ancestors().OfType<InvocationExpressionSyntax>()
                       .Any(call => call.Expression.ToString() == $"{nameof(BpfRemedy)}.{nameof(BpfRemedy.With)}")
                   select Place(option.Parent!);

        AssertNone(lost);
    }

    [Fact]
    public void The_cmdlets_leave_native_calls_to_the_engine() => AssertNone(InCmdlets(@"\busing BpfPS\.Native\b|\bunsafe\b"));

    // All of them, where Assert.Empty would show the first few.
    private static void AssertNone(IEnumerable<string> found)
    {
        var all = found.Distinct().ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    private static int Height(string room)
    {
        for (var i = 0; i < s_table.Rooms.Count; i++)
        {
            if (s_table.Rooms[i] == room)
            {
                return i;
            }
        }
        return -1;
    }

    private static IEnumerable<string> CmdletParameters() =>
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/BpfPS"), "*.cs", SearchOption.AllDirectories)
        from property in CSharpSyntaxTree.ParseText(File.ReadAllText(path)).GetRoot().DescendantNodes().OfType<PropertyDeclarationSyntax>()
        where property.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() == "Parameter")
        select property.Identifier.Text;

    private static IEnumerable<string> InCmdlets(string pattern) =>
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/BpfPS"), "*.cs", SearchOption.AllDirectories)
        from line in File.ReadLines(path)
        where Regex.IsMatch(line, pattern)
        select $"{Path.GetRelativePath(Repository.Root, path)}: {line.Trim()}";

    private static string Place(SyntaxNode node) =>
        $"{s_engine.Relative(node.SyntaxTree.FilePath)}({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}): "
            + $"{node.ToString().Split('\n')[0]}";

    // The beginning is enough: the rest of a name can be put together.
    [GeneratedRegex(@"\b(Add|Build|Clear|Export|Get|Import|Invoke|Lock|Measure|New|Read|Remove|Save|Set|Start|Stop|Test|Watch)-[A-Z]")]
    private static partial Regex CmdletName();

    [GeneratedRegex(@"^(DllImport|LibraryImport|DllImportAttribute|LibraryImportAttribute|NativeLibrary)$")]
    private static partial Regex NativeName();
}
