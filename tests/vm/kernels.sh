# Where the kernels and the newer libbpf come from: the distribution's own packages, of this suite and of others of the
# same archive. Sourced by run.sh.

# Prints the folder with vmlinuz, boot and the modules of a kernel series (6.1, 6.12, 7.3), and downloads it when it is
# not there yet. Where it is not to be had, the file why-SERIES says why.
kernel_folder() {
    local series=$1 folder=$cache/$1 why=$cache/why-$1 package suite
    if [[ ! -e $folder/complete ]]; then
        echo "its packages cannot be downloaded" >"$why"
        case $series in
            6.1) suite="" ;;
            6.12) suite=trixie ;;
            7.3) suite=trixie-backports ;;
            *) echo "no suite is known for it" >"$why"; return 1 ;;
        esac
        rm -rf "$folder"
        mkdir -p "$folder"
        (
            cd "$folder"
            prepare_apt "$suite" || exit
            # The suite may have older series still, and a newer one already; the last package of this series is wanted.
            package=$("${apt_cache[@]}" pkgnames linux-image- | grep -E "^linux-image-${series//./\\.}[.-].*-cloud-amd64$" | sort -V | tail -n 1)
            [[ -n $package ]] || {
                package=$("${apt_cache[@]}" depends linux-image-cloud-amd64 2>/dev/null | sed -nE 's/^ *Depends: (linux-image-[0-9].*)$/\1/p' | head -n 1)
                echo "there is no such package for virtual machines${package:+; ${suite:-this suite} is at $package}" >"$why"
                exit 1
            }
            # Since 7.x the kernel, its modules and its configuration are packages of their own.
            mapfile -t parts < <("${apt_cache[@]}" depends "$package" | sed -nE "s/^ *Depends: (linux-(base|binary|modules)-${series//./\\.}.*)$/\1/p")
            "${apt_get[@]}" download -qq "$package" "${parts[@]}" >&2 || exit
            for package in *.deb; do dpkg-deb -x "$package" . || exit; done
            rm -- *.deb
            mkdir -p boot
            kernel=$(compgen -G 'boot/vmlinuz-*' || compgen -G 'usr/lib/modules/*/vmlinuz') && mv "$kernel" vmlinuz || exit
            # bpftool looks for it in /boot.
            for file in usr/lib/modules/*/config; do
                [[ ! -e $file ]] || mv "$file" "boot/config-$(basename "$(dirname "$file")")"
            done
            touch complete
        ) || return 1
    fi
    echo "$folder"
}

# Prints the folder with the libbpf that a guest uses; nothing for the system's. What libbpf learnt after 1.1 is proved
# on the kernels that have it.
library_folder() {
    local folder=$cache/libbpf
    [[ $1 == 6.1 ]] && return
    if [[ ! -e $folder/complete ]]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        (
            cd "$folder"
            # Built for the C library of this suite.
            prepare_apt bookworm-backports && "${apt_get[@]}" download -qq libbpf1/bookworm-backports >&2 && dpkg-deb -x libbpf1_*.deb . || exit
            rm libbpf1_*.deb
            touch complete
        ) || return 1
    fi
    dirname "$folder"/usr/lib/*/libbpf.so.1
}

# apt as it is set up here for this suite; with a state of its own, outside of the system's, for another suite.
prepare_apt() {
    local suite=$1 state=$PWD/apt
    local options=(-o APT::Sandbox::User=root)
    if [[ -n $suite ]]; then
        mkdir -p "$state"/{lists/partial,cache/archives/partial,parts}
        # The same archive, the other suite.
        sed -nE '/^Types:/,/^$/p' /etc/apt/sources.list.d/debian.sources | awk -v RS= 'NR == 1' | sed -E "s/^Suites:.*/Suites: $suite/" >"$state/parts/suite.sources"
        options+=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$state/parts" -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache")
    fi
    apt_get=(apt-get "${options[@]}")
    apt_cache=(apt-cache "${options[@]}")
    "${apt_get[@]}" update -qq >&2 || [[ -z $suite ]]
}
