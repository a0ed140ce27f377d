#!/usr/bin/env bash
# Finds PowerShell 7.6 or later, or fetches it, and hands over to build.ps1, which is the build script.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

usage() {
    cat <<'TEXT'
Usage: ./build.sh COMMAND

  demo           install what is missing, build, and show the module at work (under a minute after the build, needs root)
  test           build, run every test, and close with "N passed, N failed, N skipped"
                   -Suite Core|Kernel|Module|Pester|Guests|Userland|Fuzzing   only these, with commas between them
                   -Nightly   all live tests on other kernels and in Debian 13 too, a million random inputs, and the coverage: hours
  build          build everything; the module is then in artifacts/module/BpfPS
  shell          open a pwsh prompt with the module imported
  run 'SCRIPT'   run a script with the module imported
  bench [PART]   compare with C and bpftool, side by side (bench/README.md): events, streams, filters, start, maps, programs, tools, or all
  pack           make artifacts/package/BpfPS.VERSION.zip
  install        install the module for all users of pwsh, or with -InstallPath DIR somewhere else
  clean          remove artifacts/

In pwsh, ./build.ps1 does the same: Get-Help ./build.ps1 -Full
TEXT
}

readonly sdk_page=https://learn.microsoft.com/dotnet/core/install/linux

fail() { printf 'build.sh: %s\n' "$1" >&2; exit "${2:-1}"; }

# .NET, and so pwsh, does not start without ICU unless it was told to do without.
install_icu() {
    local package
    [[ ${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-} != @(1|true) ]] || return 0
    ! grep -q libicuuc <<<"$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null)" || return 0
    command -v apt-get >/dev/null \
        || fail ".NET needs ICU (libicu), which is not installed. Install it with this machine's package manager, then run this again." 3
    [[ $EUID -eq 0 ]] || fail ".NET needs ICU, which is not installed. Install it: sudo apt-get install libicu-dev" 3
    apt-get update -qq || echo "build.sh: apt-get update failed; trying with the existing lists" >&2
    package=$(apt-cache pkgnames libicu | grep -xE 'libicu[0-9]+' | sort -V | tail -n 1)
    [[ -n $package ]] || fail ".NET needs ICU, and the distribution has no package libicuNN. Install ICU, then run this again." 3
    echo "Installing from the distribution's packages: $package"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null \
        || fail "apt-get could not install $package" 3
}

check_sdk() {
    local sdk
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is not installed ('dotnet' is not on the PATH). See $sdk_page" 3
    sdk=$(cd "$root" && dotnet --version) || fail "no .NET 10 SDK was found, or it does not run; its own message is above. See $sdk_page" 3
    [[ ${sdk%%.*} -ge 10 ]] || fail "the .NET SDK is version $sdk; BpfPS needs 10. See $sdk_page" 3
}

# Whether a pwsh is 7.6 or later (else 1), and one process (else 2): the command of an installed .NET tool is a starter, and 'dotnet'
# does the work in a second process, which signals to the first do not reach.
is_fit() {
    local version program
    local script='"$($PSVersionTable.PSVersion) $([Environment]::ProcessPath)"'
    read -r version program <<<"$("$1" -NoProfile -NonInteractive -Command "$script" 2>/dev/null)"
    [[ $version =~ ^([0-9]+)\.([0-9]+)\. ]] && ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 706)) || return 1
    [[ ${program##*/} == pwsh ]] || return 2
}

# Prints the path of a pwsh: the one on the PATH where it is fit, else the one of the tool package.
find_pwsh() {
    local found
    if found=$(command -v pwsh); then
        is_fit "$found" && { echo "$found"; return; }
        [[ $? -ne 2 ]] \
            || echo "build.sh: $found is the command of a .NET tool, which starts another process; a fetched pwsh is used instead" >&2
    fi
    fetch_pwsh >&2
    echo "$root/artifacts/tools/pwsh"
}

# The tool package holds all of PowerShell; in place of its starter the program pwsh is used that lies beside the assemblies.
fetch_pwsh() {
    local version folder new program tools=$root/artifacts/tools
    version=$(sed -n '/"powershell"/,/}/s/.*"version": *"\([^"]*\)".*/\1/p' "$root/.config/dotnet-tools.json")
    folder=$tools/powershell-$version
    if [[ ! -d $folder ]]; then
        echo "Fetching PowerShell $version from NuGet into artifacts/tools ..."
        new=$(mkdir -p "$tools" && mktemp -d "$tools/new.XXXXXX")
        (cd "$root" && dotnet tool install --tool-path "$new" PowerShell --version "$version" >"$new/log" 2>&1) \
            || fail "PowerShell $version could not be installed: $(cat "$new/log"; rm -rf "$new")"
        program=$(compgen -G "$new/.store/powershell/*/powershell/*/tools/*/any/unix/pwsh") \
            || fail "the package PowerShell $version holds no pwsh for Linux"
        mv "$(dirname "$program")" "$new/powershell"
        # Other users run it too: tests drop their privileges.
        chmod -R a+rX "$new/powershell"
        chmod 755 "$new/powershell/pwsh"
        echo "Compiling it ahead of time: a start then takes a third ..."
        # The program works without: then it is compiled while it runs, each time.
        dotnet msbuild "$root/build/Precompile.csproj" -restore -t:Precompile "-p:Folder=$new/powershell" -nologo -v:quiet \
            -tl:off -nodeReuse:false || echo "build.sh: PowerShell could not be compiled ahead of time; it will start more slowly" >&2
        rm -rf "$tools"/powershell-*
        is_fit "$new/powershell/pwsh" || fail "the fetched pwsh does not run: $("$new/powershell/pwsh" --version 2>&1)"
        mv "$new/powershell" "$folder"
        rm -rf "$new"
    fi
    ln -sfn "$folder/pwsh" "$tools/pwsh"
}

task=${1:-}
[[ $# -eq 0 ]] || shift
options=(-NoLogo -NoProfile)
case $task in
    demo | build | pack)
        [[ $# -eq 0 ]] || fail "$task takes nothing else, but '$1' was given" 2
        arguments=(-Task "$task")
        ;;
    test)
        [[ $# -eq 0 || $1 == -* ]] || fail "test takes -Suite and -Nightly, not '$1': ./build.sh test -Suite Kernel" 2
        arguments=(-Task Test "$@")
        ;;
    # The prompt is the process that build.ps1 imported the module into.
    shell) options=(-NoLogo -NoExit); arguments=(-Task Shell "$@") ;;
    run)
        [[ $# -eq 1 ]] || fail "run takes one script, in quotes: ./build.sh run 'Get-BpfTool'" 2
        arguments=(-Task Run "-Script:$1")
        ;;
    bench) arguments=(-Task Bench ${1:+-Part "$(IFS=,; echo "$*")"}) ;;
    install) arguments=(-Task Install "$@") ;;
    # The pwsh that would do it may lie in artifacts/ itself.
    clean) rm -rf "$root/artifacts"; exit ;;
    # For build.ps1, where that runs in a pwsh which is not fit for the tests.
    pwsh) ;;
    help | -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
esac

install_icu
check_sdk
# Where dotnet does not lie in its usual place, pwsh finds the runtime by this.
export DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
BPFPS_PWSH=$(find_pwsh)
[[ $task != pwsh ]] || { echo "$BPFPS_PWSH"; exit; }
export BPFPS_PWSH
exec "$BPFPS_PWSH" "${options[@]}" -File "$root/build.ps1" "${arguments[@]}"
