#!/bin/sh
# Make .venv ready. As root, Debian's missing packages are installed; otherwise the line to type is
# printed, with what stays out until then. Quick when everything is there.
#   prepare.sh demo      what running needs
#   prepare.sh test      what testing needs as well
#   prepare.sh left-out  say what this machine lacks for a full test; with CI=true fail if it does
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }
has_postgresql() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_chromium() { command -v chromium >/dev/null 2>&1; }
has_fonts() { ls /usr/share/fonts/truetype/noto/NotoSansGeorgian-*.ttf >/dev/null 2>&1; }

# The Debian packages that are missing for $1, on one line.
missing_packages() {
    has_venv || printf 'python3-venv '
    [ "$1" = demo ] && return
    has_postgresql || printf 'postgresql '
    has_chromium || printf 'chromium '
    has_fonts || printf 'fonts-noto-core '
}

what_stays_out() {
    has_postgresql || say "LEFT OUT: every test on PostgreSQL (package postgresql is missing)."
    has_chromium || say "LEFT OUT: every test in a browser (package chromium is missing)."
    has_fonts || say "LEFT OUT: true letter shapes on screenshots (package fonts-noto-core is missing)."
}

install_packages() {
    wanted=$(missing_packages "$1")
    [ -n "$wanted" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "Installing with apt: $wanted"
        export DEBIAN_FRONTEND=noninteractive
        said=$(mktemp)
        # shellcheck disable=SC2086 # one word per package
        if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends $wanted; } >"$said" 2>&1
        then
            cat "$said" >&2
            say "apt could not install all of: $wanted"
        fi
        rm -f "$said"
    else
        say "Missing on this machine; an administrator can install it with"
        say "    apt-get update && apt-get install -y --no-install-recommends $wanted"
        [ "$1" = demo ] || what_stays_out
    fi
}

check_python() {
    command -v "$python" >/dev/null 2>&1 || fail "$python was not found: Python 3.11 or newer is needed."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old: Python 3.11 or newer is needed (PYTHON=... names another)."
}

check_venv() {
    has_venv || fail "$python cannot make a virtual environment: its modules venv and ensurepip are missing." \
        "On Debian and Ubuntu they are in the package python3-venv."
}

# The stamp of a finished .venv changes with the locks, the project's metadata and Python itself.
stamp_of() {
    sum=$({ "$python" --version; cat "$1" pyproject.toml build_catalogues.py; } | sha256sum | cut -c1-16)
    printf '.venv/.ready-%s-%s' "$(basename "$1" .lock)" "$sum"
}

make_venv() {
    lock=$1
    stamp=$(stamp_of "$lock")
    [ -e "$stamp" ] && return 0
    if ! .venv/bin/python -c '' 2>/dev/null; then
        rm -rf .venv
        "$python" -m venv .venv
    fi
    say "Installing $lock into .venv"
    rm -f ".venv/.ready-$(basename "$lock" .lock)-"*
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps \
        --no-build-isolation --editable .
    touch "$stamp"
}

case ${1:-} in
    demo)
        check_python
        install_packages demo
        check_venv
        make_venv requirements.lock
        ;;
    test)
        check_python
        install_packages test
        check_venv
        make_venv requirements-dev.lock
        ;;
    left-out)
        what_stays_out
        if [ -n "$(missing_packages test)" ] && [ "${CI:-}" = true ]; then
            fail "CI=true: nothing may be left out."
        fi
        ;;
    *) fail "usage: prepare.sh demo|test|left-out" ;;
esac
