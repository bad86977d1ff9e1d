# Shared by ./quickstart and ./test: what is needed is installed once, with the distribution's packages.
# Source it from the top of the tree.

say() { printf '\n\033[1m== %s\033[0m\n' "$*" | { [ -t 1 ] && cat || sed 's/\x1b\[[0-9;]*m//g'; }; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Which distribution this is, as /etc/os-release has it. COUNTERSIGN_DISTRIBUTION says it for one that is made of another.
distribution=${COUNTERSIGN_DISTRIBUTION:-$(. /etc/os-release && echo "$ID-${VERSION_ID:-}")}

# What its packages are called where that differs: a Boost that is new enough, PostgreSQL, and what xmlsec1 needs of
# OpenSSL.
case $distribution in
    debian-12) boost=1.81 postgresql=15 xmlsec_openssl=libxmlsec1-openssl ;;
    debian-13) boost=1.83 postgresql=17 xmlsec_openssl=libxmlsec1t64-openssl ;;
    ubuntu-24.04) boost=1.83 postgresql=16 xmlsec_openssl=libxmlsec1t64-openssl ;;
    *) die "the packages of $distribution are not known here, but those of debian-12, debian-13 and ubuntu-24.04: \
COUNTERSIGN_DISTRIBUTION=debian-13 has it taken for one of them" ;;
esac

# shellcheck disable=SC2034  # of who sources this
packages=(
    build-essential ca-certificates ccache cmake ninja-build pkg-config python3 python3-venv
    "libboost$boost-dev" "libboost-json$boost-dev" libcbor-dev libcli11-dev libcurl4-openssl-dev libfmt-dev liblzma-dev libpq-dev
    libpugixml-dev libspdlog-dev libsqlite3-dev libssl-dev libsystemd-dev libpam0g-dev libpng-dev libqrencode-dev libxml2-dev
    libxmlsec1-dev libyaml-dev prometheus-cpp-dev
    libnss-wrapper zstd libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
    "postgresql-$postgresql" "postgresql-client-$postgresql" pgbouncer "$xmlsec_openssl" openssl curl jq
)

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root or sudo to run: $*"
    fi
}

# missing_packages NAME...: those that are not installed, a line each.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed$' || echo "$name"
    done
}

# install_packages NAME...: those that are missing.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # PostgreSQL's package would make and start a server of its own; only its programs are needed here.
    as_root mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" \
        >build/apt.log 2>&1 || { tail -20 build/apt.log >&2; die "apt-get failed"; }
}

# build PRESET [TARGET...]: all targets, or these.
build() {
    local preset=$1
    shift
    cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 ||
        { cat "build/$preset-configure.log" >&2; die "cmake failed"; }
    # CMake forgets the preset's settings where the name of the compiler is another than before.
    ! grep -q 'require your cache to be deleted' "build/$preset-configure.log" ||
        cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || die "cmake failed"
    cmake --build --preset "$preset" ${1:+--target "$@"}
}

# The reference clients, current ones, in a virtual environment of their own: build/venv.
make_venv() {
    local wanted
    wanted=$(cat tests/requirements.txt)
    [ -x build/venv/bin/aws ] && [ "$(cat build/venv/made-of 2>/dev/null)" = "$wanted" ] && return 0
    rm -rf build/venv
    python3 -m venv build/venv
    build/venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt || { rm -rf build/venv; return 1; }
    printf '%s\n' "$wanted" >build/venv/made-of
}

# An AWS CLI: the current one, or the distribution's where the package index is away.
make_aws() {
    make_venv 2>build/venv.log && return 0
    echo "the Python package index does not answer (build/venv.log); taking the distribution's AWS CLI"
    install_packages awscli
}

# The identity providers that tests federate with, at the versions of their lock file: build/node.
make_node_modules() {
    local lock=tests/e2e/providers/package-lock.json
    command -v node >/dev/null && command -v npm >/dev/null || install_packages nodejs npm
    cmp -s "$lock" build/node/made-of && return 0
    rm -rf build/node
    mkdir -p build/node
    cp tests/e2e/providers/package.json "$lock" build/node
    npm ci --prefix build/node --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$lock" build/node/made-of
}
