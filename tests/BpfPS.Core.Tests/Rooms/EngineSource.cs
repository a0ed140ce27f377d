using BpfPS.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfPS.Core.Tests.Rooms;

/// <summary>The engine's source as the compiler understands it: which file uses what of which other file.</summary>
internal sealed class EngineSource
{
    private static readonly Lazy<EngineSource> s_shared = new(() => new EngineSource());

    private readonly CSharpCompilation _compilation;

    private EngineSource()
    {
        Folder = Path.Combine(Repository.Root, "src/BpfPS.Core");
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse);
        Files = [.. Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path))];
        const string implicitUsings = """
            global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
            global using System.Threading; global using System.Threading.Tasks;
            """;
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) != "BpfPS.Core.dll").Select(path => MetadataReference.CreateFromFile(path));
        // What the build writes has no room, but its names are used.
        var written = Directory.EnumerateFiles(Path.Combine(Repository.Root, "artifacts/obj/BpfPS.Core/release"), "ClangVersions.g.cs")
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options));
        _compilation = CSharpCompilation.Create("BpfPS.Core", [.. Files, .. written, CSharpSyntaxTree.ParseText(implicitUsings, options)],
            platform,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    /// <summary>Read once for all tests.</summary>
    public static EngineSource Shared => s_shared.Value;

    /// <summary>The engine's folder.</summary>
    public string Folder { get; }

    /// <summary>Its files.</summary>
    public IReadOnlyList<SyntaxTree> Files { get; }

    /// <summary>The room that a file lies in.</summary>
    public string RoomOf(string path)
    {
        var parts = Path.GetRelativePath(Folder, path).Split('/');
        return parts.Length == 1 ? RoomTable.Root : parts[0];
    }

    /// <summary>
    /// What every file uses of another file, in words: "Maps/BpfMap.cs uses BpfProgram.FromId of Programs/BpfProgram.cs".
    /// </summary>
    public IEnumerable<(string From, string To, string Words)> Uses() =>
        from file in Files
        let model = _compilation.GetSemanticModel(file)
        from node in file.GetRoot().DescendantNodes()
        where node is SimpleNameSyntax or BaseObjectCreationExpressionSyntax
        let symbol = model.GetSymbolInfo(node).Symbol
        where symbol is not null
        let path = DeclaredIn(symbol)
        where !string.IsNullOrEmpty(path) && path != file.FilePath
        select (RoomOf(file.FilePath), RoomOf(path), $"{Relative(file.FilePath)} uses {Words(symbol)} of {Relative(path)}");

    /// <summary>
    /// Names that the compiler does not know here, so that no arrow of theirs is seen; none, or the other tests prove nothing.
    /// </summary>
    public IEnumerable<string> Unknown() => _compilation.GetDiagnostics()
        .Where(found => found.Severity == DiagnosticSeverity.Error && found.Id is "CS0103" or "CS0246" or "CS0234")
            .Select(found => found.ToString());

    /// <summary>A path from the engine's folder.</summary>
    public string Relative(string path) => Path.GetRelativePath(Folder, path);

    private static string? DeclaredIn(ISymbol symbol)
    {
        if (symbol is INamespaceSymbol or ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or ITypeParameterSymbol or ILabelSymbol)
        {
            return null;
        }
        var original = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol.OriginalDefinition;
        return (original.DeclaringSyntaxReferences.FirstOrDefault()
            ?? original.ContainingType?.DeclaringSyntaxReferences.FirstOrDefault())?.SyntaxTree.FilePath;
    }

    private static string Words(ISymbol symbol) =>
        symbol is INamedTypeSymbol ? symbol.Name : $"{symbol.ContainingType?.Name}.{symbol.Name}";
}
