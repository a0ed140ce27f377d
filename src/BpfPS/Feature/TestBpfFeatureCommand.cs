using System.Management.Automation;
using BpfPS.Features;

namespace BpfPS.Commands;

/// <summary>Test-BpfFeature: one question, answered with true or false.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BpfFeature", DefaultParameterSetName = ByQuestion)]
[OutputType(typeof(bool))]
[OutputType(typeof(BpfFeature))]
public sealed class TestBpfFeatureCommand : BpfCmdlet
{
    private const string ByQuestion = "Question";
    private const string ByObject = "Object";

    /// <summary>A type of program.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(ProgramTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ProgramType { get; set; }

    /// <summary>A type of map.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(ProbedMapTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? MapType { get; set; }

    /// <summary>A way to attach.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(AttachTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? AttachType { get; set; }

    /// <summary>A helper function: for the type of program, where one is given.</summary>
    [Parameter(ParameterSetName = ByQuestion)]
    [ArgumentCompleter(typeof(HelperCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Helper { get; set; }

    /// <summary>A tool's name, an object file or a C source: whether it could be loaded.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ObjectFileCompleter))]
    [ValidateNotNullOrEmpty]
    public ObjectReference[] Object { get; set; } = [];

    /// <summary>Only whether it loads, as Start-BpfProgram -NoAttach does.</summary>
    [Parameter(ParameterSetName = ByObject)]
    public SwitchParameter NoAttach { get; set; }

    /// <summary>The answers one by one, with their reasons.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByObject)
        {
            foreach (var obj in Object)
            {
                if (Try(() => BpfRequirements.Check(ResolveObject(obj.Source()), !NoAttach), obj.Value) is { } needs)
                {
                    Answer(needs, obj.Value);
                }
            }
            return;
        }
        var answers = Require(() => Ask().ToArray(), this);
        if (answers.Length == 0)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "Nothing is specified to test.",
                "Specify it with -ProgramType, -MapType, -AttachType, -Helper or -Object."), null);
        }
        Answer(answers, answers.Length == 1 ? answers[0].Name : null);
    }

    private IEnumerable<BpfFeature> Ask()
    {
        if (Helper is not null)
        {
            yield return ProgramType is not null ? BpfFeatures.GetHelper(ProgramType, Helper)
                : BpfFeatures.Get(BpfFeatureCategory.Helper, Helper);
        }
        else if (ProgramType is not null)
        {
            yield return BpfFeatures.Get(BpfFeatureCategory.ProgramType, ProgramType, withHelpers: Detailed);
        }
        if (MapType is not null)
        {
            yield return BpfFeatures.Get(BpfFeatureCategory.MapType, MapType);
        }
        if (AttachType is not null)
        {
            yield return BpfFeatures.Get(BpfFeatureCategory.AttachType, AttachType);
        }
    }

    /// <summary>Writes the answers, or what they come to; where that is unknown, an error.</summary>
    private void Answer(IReadOnlyList<BpfFeature> features, object? target)
    {
        if (Detailed)
        {
            WriteObject(features, enumerateCollection: true);
            return;
        }
        var verdict = FeatureVerdict.On(features);
        if (verdict is { Support: BpfSupport.No, Decisive: { } no })
        {
            WriteVerbose($"{no.Category} {VisibleText.Escape(no.Name)}: {VisibleText.Escape(no.Reason)}");
        }
        if (Try(() => (object)verdict.IsYes(), target) is { } answer)
        {
            WriteObject(answer);
        }
    }
}
