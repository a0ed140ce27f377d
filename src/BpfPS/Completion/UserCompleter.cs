using System.Collections;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the names of users.</summary>
public sealed class UserCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        UserNames.All().Select(user => (user.Name, $"{user.Name} ({user.Id})"));
}
