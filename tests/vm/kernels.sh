# Where the kernels come from: the distribution's own packages, of this suite and of the next. Sourced by run.sh.

# Prints the folder with vmlinuz and lib/modules of a kernel series (6.1, 6.12), and downloads it when it is not there yet.
kernel_folder() {
    local series=$1 folder=$cache/$1 package
    if [[ ! -e $folder/complete ]]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        (
            cd "$folder"
            prepare_apt "$series"
            package=$("${apt_cache[@]}" depends linux-image-cloud-amd64 | sed -nE "s/^ *Depends: (linux-image-$series[.0-9]*[^ ]*-cloud-amd64)$/\1/p" | head -n 1)
            [[ -n $package ]] || { echo "no package of a Linux $series for virtual machines is to be had" >&2; exit 1; }
            "${apt_get[@]}" download -qq -o APT::Sandbox::User=root "$package" >&2
            dpkg-deb -x linux-image-*.deb .
            rm linux-image-*.deb
            mv boot/vmlinuz-* vmlinuz
            touch complete
        ) || return 1
    fi
    echo "$folder"
}

# apt as it is set up here for this suite's kernel; with a state of its own, outside of the system's, for another suite's.
prepare_apt() {
    apt_get=(apt-get) apt_cache=(apt-cache)
    [[ $1 == 6.1 ]] && { apt-get update -qq >&2 || true; return; }
    local state=$PWD/apt suite
    case $1 in
        6.12) suite=trixie ;;
        *) echo "no suite is known for Linux $1" >&2; return 1 ;;
    esac
    mkdir -p "$state"/{lists/partial,cache/archives/partial,parts}
    # The same archive, the other suite.
    sed -nE '/^Types:/,/^$/p' /etc/apt/sources.list.d/debian.sources | awk -v RS= 'NR == 1' | sed -E "s/^Suites:.*/Suites: $suite/" >"$state/parts/suite.sources"
    local options=(-o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$state/parts" -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache")
    apt_get+=("${options[@]}")
    apt_cache+=("${options[@]}")
    "${apt_get[@]}" update -qq >&2
}
