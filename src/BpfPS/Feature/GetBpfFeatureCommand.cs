using System.Management.Automation;
using BpfPS.Features;

namespace BpfPS.Commands;

/// <summary>Get-BpfFeature: what this kernel, libbpf and user can do.</summary>
[Cmdlet(VerbsCommon.Get, "BpfFeature", DefaultParameterSetName = ByCategory)]
[OutputType(typeof(BpfFeature))]
public sealed class GetBpfFeatureCommand : BpfCmdlet
{
    private const string ByCategory = "Category";
    private const string ByQuestion = "Question";
    private const string Activity = "Asking the kernel";

    // Helpers of the kernel are 211 rows that few ask for; those that a type of program may call are with its row.
    private static readonly BpfFeatureCategory[] s_default = [.. Enum.GetValues<BpfFeatureCategory>()
        .Where(category => category is not (BpfFeatureCategory.Helper or BpfFeatureCategory.KernelFunction))];

    /// <summary>Names of features, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByCategory)]
    [ArgumentCompleter(typeof(AnyFeatureNameCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only these categories.</summary>
    [Parameter(ParameterSetName = ByCategory)]
    public BpfFeatureCategory[] Category { get; set; } = s_default;

    /// <summary>Types of programs.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(ProgramTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] ProgramType { get; set; } = [];

    /// <summary>Types of maps.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(ProbedMapTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] MapType { get; set; } = [];

    /// <summary>Ways to attach.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(AttachTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] AttachType { get; set; } = [];

    /// <summary>Helper functions: which types of programs may call them.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(HelperCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Helper { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var questions = Require(() => (ParameterSetName == ByQuestion
            ? FeatureQuestion.AboutNames(ProgramType, MapType, AttachType, Helper)
            : FeatureQuestion.AboutCategories(Category, IsWanted, all: MyInvocation.BoundParameters.ContainsKey(nameof(Name))))
            .ToArray(), Name);
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < questions.Length && !StopToken.IsCancellationRequested; i++)
        {
            var (what, ask) = questions[i];
            WriteProgress(new ProgressRecord(0, Activity, what) { PercentComplete = 100 * i / questions.Length });
            foreach (var feature in Try(() => ask().ToArray(), what) ?? [])
            {
                WriteObject(feature);
                found.Add(feature.Name);
            }
        }
        WriteProgress(new ProgressRecord(0, Activity, "done") { RecordType = ProgressRecordType.Completed });
        foreach (var name in Name.Where(name => !StopToken.IsCancellationRequested && ParameterSetName == ByCategory
            && !Wildcards.IsPattern(name) && !found.Contains(name)))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound,
                $"There is no feature named '{VisibleText.Escape(name)}' in "
                + $"{(Category.Length == 1 ? $"category {Category[0]}" : "these categories")}.",
                "Names without -Category are looked for in all but Helper and KernelFunction: add -Category Helper, KernelFunction for "
                + "those. Get-BpfFeature lists the names."), name);
        }
    }

    private bool IsWanted(string name) => Name.Any(wanted => Wildcards.Pattern(wanted).IsMatch(name));
}
