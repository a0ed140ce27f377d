#!/usr/bin/env bash
# Builds, tests and shows BpfPS. What is built is said in the projects (BpfPS.sln); this installs what they need from
# the distribution's packages, and calls them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

configuration=Release
module=$PWD/artifacts/module/BpfPS
shell_dll=$PWD/artifacts/bin/BpfPS.Shell/release/bpfps-shell.dll
results=$PWD/artifacts/test-results
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1

usage() {
    cat <<'TEXT'
Usage: ./build.sh COMMAND

  demo           install what is missing, build, and show the module at work (under a minute after the build, needs root)
  test           build, run every test, and close with "N passed, N failed, N skipped"
  build          build everything; the module is then in artifacts/module/BpfPS
  shell          open a prompt with the module imported (pwsh 7.6 where there is one, else the embedded engine)
  run 'SCRIPT'   run a script in such a prompt
  bench [PART]   compare with C and bpftool, side by side (bench/README.md): events, start, maps, programs, or all
  pack           make artifacts/package/BpfPS.VERSION.zip
  install        install the module for all users of pwsh (InstallPath=DIR ./build.sh install for another place)
  clean          remove artifacts/
TEXT
}

fail() { printf 'build.sh: %s\n' "$1" >&2; exit "${2:-1}"; }

# ---- what the machine must have ----------------------------------------------------------------------------------

has_clang() {
    local name
    for name in clang clang-{30..14}; do command -v "$name" >/dev/null && return 0; done
    return 1
}
has_library() { grep -q "$1" <<<"$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null)"; }
has_program() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }
# Ubuntu's bpftool is a script that finds the one that fits the kernel, if any does.
has_bpftool() {
    local folder
    bpftool version >/dev/null 2>&1 && return 0
    for folder in /usr/sbin /sbin /usr/lib/linux-tools/* /usr/lib/linux-tools-*; do
        if "$folder/bpftool" version >/dev/null 2>&1; then
            PATH=$folder:$PATH # the tests and benchmarks look there first
            return 0
        fi
    done
    return 1
}

# Prints the distribution's packages that are missing for a purpose: build, run or test.
missing_packages() {
    local bpftool_package=bpftool
    . /etc/os-release
    [[ ${ID:-} == ubuntu ]] && bpftool_package="linux-tools-common linux-tools-generic"
    has_clang || echo clang
    [[ -e /usr/include/bpf/bpf_helpers.h ]] || echo libbpf-dev
    has_library libbpf.so.1 || echo libbpf1
    has_library libdw.so.1 || echo libdw1
    if [[ $1 == test ]]; then
        has_bpftool || echo "$bpftool_package"
        { has_program gcc && [[ -e /usr/include/stdlib.h ]]; } || echo gcc libc6-dev
        has_program addr2line || echo binutils
        has_program setpriv || echo util-linux
        has_program script || echo bsdutils
        has_program ip || echo iproute2
        has_program ps || echo procps
        # For tests/vm; what only that needs is no reason to fail.
        if [[ $EUID -eq 0 && $(uname -m) == x86_64 ]]; then
            has_program qemu-system-x86_64 || echo qemu-system-x86
            has_program busybox || echo busybox-static
            has_program cpio || echo cpio
            has_program xz || echo xz-utils
        fi
    fi
}

install_missing() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is not installed ('dotnet' is not on the PATH). See https://learn.microsoft.com/dotnet/core/install/linux" 3
    local sdk
    sdk=$(dotnet --version) || fail "the .NET SDK does not run; its own message is above" 3
    [[ ${sdk%%.*} -ge 10 ]] || fail "the .NET SDK is version $sdk; BpfPS needs 10 or later. See https://learn.microsoft.com/dotnet/core/install/linux" 3
    local packages
    packages=$(missing_packages "$1" | xargs)
    [[ -z $packages ]] && return
    command -v apt-get >/dev/null || fail "these packages (by their Debian names) are missing, and this machine has no apt-get: $packages. Install their like with the package manager it has, then run this again." 3
    [[ $EUID -eq 0 ]] || fail "these packages are missing: $packages. Install them: sudo apt-get install $packages" 3
    echo "Installing from the distribution's packages: $packages"
    apt-get update -qq || echo "build.sh: apt-get update failed; trying with the lists there are" >&2
    # shellcheck disable=SC2086 -- a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null \
        || fail "apt-get could not install: $packages" 3
    [[ $1 != test ]] || has_bpftool || fail "bpftool is installed, but does not run for this kernel; the tests need it as a witness" 3
}

# ---- building and running ----------------------------------------------------------------------------------------

build() {
    # Every project for itself: idle compiler servers would outlive the build.
    dotnet build BpfPS.sln -c "$configuration" --nologo -v quiet -clp:NoSummary -nodeReuse:false "$@" \
        || fail "the build failed; its messages are above"
}

pwsh_path() {
    local version
    command -v pwsh >/dev/null || return 1
    version=$(pwsh -NoProfile -NonInteractive -Command '"$($PSVersionTable.PSVersion.Major).$($PSVersionTable.PSVersion.Minor)"' 2>/dev/null) || return 1
    [[ $version =~ ^([0-9]+)\.([0-9]+)$ ]] && (( BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 706 )) && command -v pwsh
}

# Runs the embedded engine, or pwsh where there is one, with the module imported.
engine() {
    local pwsh
    if [[ ${BPFPS_ENGINE:-} != embedded ]] && pwsh=$(pwsh_path); then
        case $1 in
            shell) exec "$pwsh" -NoLogo -NoExit -Command "Import-Module '$module'" ;;
            run) exec "$pwsh" -NoLogo -NoProfile -Command "Import-Module '$module'; $2" ;;
            file) exec "$pwsh" -NoLogo -NoProfile -Command "Import-Module '$module'; & '$2'" ;;
        esac
    fi
    case $1 in
        shell) exec dotnet "$shell_dll" -Module "$module" ;;
        run) exec dotnet "$shell_dll" -Module "$module" -Command "$2" ;;
        file) exec dotnet "$shell_dll" -Module "$module" -File "$2" ;;
    esac
}

# ---- tests -------------------------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0

# A job in the background is started with Ctrl+C ignored, and its children would be too: the tests send it. A suite that
# hangs is ended after half an hour, and counts as failed.
with_signals() { env --default-signal=INT,QUIT,HUP timeout --foreground --kill-after=30 1800 "$@"; }

attribute() { grep -oE "$1=\"[0-9]+\"" <<<"$2" | head -n 1 | grep -oE '[0-9]+' || echo 0; }

run_suite() {
    local name=$1 report=$results/$1.xml line status=0
    echo "== $name"
    rm -f "$report"
    with_signals dotnet "artifacts/bin/$name/release/$name.dll" -nologo -noColor -xml "$report" || status=$?
    if [[ ! -s $report ]]; then
        echo "$name ended without a report (exit status $status)"
        failed=$((failed + 1))
        return
    fi
    line=$(grep -m 1 -oE '<assembly [^>]*>' "$report")
    passed=$((passed + $(attribute ' passed' "$line")))
    failed=$((failed + $(attribute ' failed' "$line") + $(attribute ' errors' "$line")))
    skipped=$((skipped + $(attribute ' skipped' "$line")))
    # The reasons, so that nobody takes a skipped test for one that passed.
    grep -oE '<reason><!\[CDATA\[[^]]*' "$report" | sed 's/<reason><!\[CDATA\[/skipped: /' | sort | uniq -c || true
}

run_pester() {
    local pwsh report=$results/pester.xml line status=0
    echo "== Pester"
    if ! pwsh=$(pwsh_path); then
        echo "Pester was not run: pwsh 7.6 or later is not on the PATH."
        return
    fi
    if ! "$pwsh" -NoProfile -Command 'exit [int](-not (Get-Module -ListAvailable Pester | Where-Object Version -ge ([version] "5.3")))'; then
        echo "Pester was not run: pwsh has no Pester 5.3 or later (Install-Module Pester)."
        return
    fi
    rm -f "$report"
    with_signals "$pwsh" -NoProfile -File tests/Pester/Run.ps1 || status=$?
    if [[ ! -s $report ]]; then
        echo "Pester ended without a report (exit status $status)"
        failed=$((failed + 1))
        return
    fi
    line=$(grep -m 1 -oE '<test-results [^>]*>' "$report")
    local total not_run bad
    total=$(attribute ' total' "$line")
    bad=$(( $(attribute ' failures' "$line") + $(attribute ' errors' "$line") ))
    not_run=$(( $(attribute ' not-run' "$line") + $(attribute ' skipped' "$line") + $(attribute ' ignored' "$line") + $(attribute ' inconclusive' "$line") ))
    [[ $bad -eq 0 && $status -ne 0 ]] && bad=1
    passed=$((passed + total - bad - not_run))
    failed=$((failed + bad))
    skipped=$((skipped + not_run))
}

# Live tests in other kernels; BPFPS_OTHER_KERNELS=no leaves them out, BPFPS_OTHER_KERNELS=all runs all live tests there (a matter of hours).
run_other_kernels() {
    local output=$results/vm.log status=0 totals total bad left
    echo "== Other kernels"
    if [[ ${BPFPS_OTHER_KERNELS:-} == no ]]; then
        echo "Other kernels were not tried: BPFPS_OTHER_KERNELS=no"
        return
    fi
    local arguments=()
    if [[ ${BPFPS_OTHER_KERNELS:-} == all ]]; then
        arguments=(-- -namespace 'BpfPS.Kernel.Tests.*')
        export BPFPS_VM_MINUTES=${BPFPS_VM_MINUTES:-300}
    fi
    tests/vm/run.sh "${arguments[@]}" 2>&1 | tee "$output" || status=${PIPESTATUS[0]}
    # Each guest that ran to its end has a line of totals.
    while read -r totals; do
        total=$(sed -nE 's/.*Total: ([0-9]+).*/\1/p' <<<"$totals")
        bad=$(( $(sed -nE 's/.*Errors: ([0-9]+).*/\1/p' <<<"$totals") + $(sed -nE 's/.*Failed: ([0-9]+).*/\1/p' <<<"$totals") ))
        left=$(sed -nE 's/.*Skipped: ([0-9]+).*/\1/p' <<<"$totals")
        passed=$((passed + total - bad - left))
        failed=$((failed + bad))
        skipped=$((skipped + left))
    done < <(grep -E 'Total: [0-9]+, Errors' "$output" || true)
    failed=$((failed + $(grep -cE '^Linux [0-9.]+: the guest ended without a result' "$output" || true)))
    skipped=$((skipped + $(grep -cE '^(Linux [0-9.]+ was|Other kernels were) not tried: ' "$output" || true)))
    # What run.sh itself stumbled over is in no line.
    [[ $status -eq 0 || $status -eq 77 ]] || grep -qE '(Errors|Failed): [1-9]|ended without a result' "$output" || failed=$((failed + 1))
}

run_tests() {
    mkdir -p "$results"
    [[ $EUID -eq 0 ]] || echo "Not root: the tests that need the kernel will be skipped."
    local project
    for project in tests/*.Tests; do
        run_suite "$(basename "$project")"
    done
    run_other_kernels
    run_pester
    echo
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

case ${1:-} in
    demo)
        install_missing run
        [[ $EUID -eq 0 ]] || fail "the demo loads programs into the kernel, which needs root: sudo ./build.sh demo"
        echo "Building ..."
        build
        engine file "$module/examples/demo.ps1"
        ;;
    test)
        install_missing test
        build
        run_tests
        ;;
    build)
        install_missing build
        build
        echo "The module is in $module"
        ;;
    shell)
        [[ -e $shell_dll && -e $module/BpfPS.psd1 ]] || { install_missing run; build; }
        engine shell
        ;;
    run)
        [[ $# -eq 2 ]] || fail "run takes one script, in quotes: ./build.sh run 'Get-BpfTool'" 2
        [[ -e $shell_dll && -e $module/BpfPS.psd1 ]] || { install_missing run; build; }
        engine run "$2"
        ;;
    bench)
        install_missing test
        build
        exec bench/run.sh "${@:2}"
        ;;
    pack)
        install_missing build
        dotnet build src/BpfPS/BpfPS.csproj -c "$configuration" --nologo -v quiet -clp:NoSummary -nodeReuse:false -t:PackModule
        echo "The package is in $PWD/artifacts/package"
        ;;
    install)
        install_missing build
        dotnet build src/BpfPS/BpfPS.csproj -c "$configuration" --nologo -v quiet -clp:NoSummary -nodeReuse:false -t:InstallModule \
            ${InstallPath:+-p:InstallPath="$InstallPath"}
        echo "Installed. In pwsh: Import-Module BpfPS"
        ;;
    clean) rm -rf artifacts ;;
    -h | --help | help) usage ;;
    *) usage >&2; exit 2 ;;
esac
