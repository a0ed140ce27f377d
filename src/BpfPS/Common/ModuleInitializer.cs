using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using BpfPS.Stacks;

namespace BpfPS.Commands;

/// <summary>
/// What happens when the module is imported and removed. The engine and its libraries are loaded into a context of
/// their own, so that another module's version of a library cannot get in the way; only the engine's assembly is
/// handed to the default context, by exact name.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private const string Engine = "BpfPS.Core";

    private static readonly string s_directory = Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!;
    private static readonly EngineLoadContext s_context = new(Path.Combine(s_directory, "deps"));

    /// <summary>Called by PowerShell before any cmdlet of the module is looked at.</summary>
    public void OnImport()
    {
        AssemblyLoadContext.Default.Resolving -= Resolve; // Import-Module -Force imports twice and removes once
        AssemblyLoadContext.Default.Resolving += Resolve;
        Prepare();
    }

    /// <summary>Called by PowerShell when the module is removed: nothing that was not pinned stays attached.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        CleanUp();
    }

    // These name the engine's types, so they may be compiled only once the engine can be found.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Prepare()
    {
        BpfTool.Directory = Path.GetFullPath(Path.Combine(s_directory, "../../bpf")); // of bin/ARCHITECTURE
        TypeAccelerators.Register(Runspace.DefaultRunspace.InstanceId);
        RecordTypeData.Update(ValueConverter.TypeData);
        TabExpansion.Install();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CleanUp()
    {
        var session = Runspace.DefaultRunspace.InstanceId;
        EventSources.UnsubscribeAll(session);
        BpfSession.StopAll(session);
        UserSymbols.ForgetShared();
        TypeAccelerators.Unregister(session);
        TabExpansion.Remove();
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == Engine ? s_context.LoadFromAssemblyName(name) : null;

    private sealed class EngineLoadContext(string directory) : AssemblyLoadContext("BpfPS")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(directory, $"{assemblyName.Name}.dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
