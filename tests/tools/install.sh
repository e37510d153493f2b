# Sourced by tests/run. Installs the tests' outside parts and exports where they are; names what is missing.
missing=()

need_debian() { # command package
  command -v "$1" >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    [ -n "${apt_updated:-}" ] || { apt-get update -qq && apt_updated=1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null || true
  fi
  command -v "$1" >/dev/null || missing+=("$1 (Debian package $2)")
}

need_debian chromium chromium
need_debian chromedriver chromium-driver
need_debian node nodejs
need_debian npm npm
# A virus scanner, which the tests start with signatures of their own, and a judge of voice messages.
PATH="$PATH:/usr/sbin" need_debian clamd clamav-daemon
need_debian opusinfo opus-tools

if command -v npm >/dev/null; then
  if [ ! -e tests/tools/node_modules/.installed ] ||
    [ tests/tools/package.json -nt tests/tools/node_modules/.installed ]; then
    if npm ci --prefix tests/tools --no-audit --no-fund --silent; then
      touch tests/tools/node_modules/.installed
    else
      missing+=("the npm packages of tests/tools")
    fi
  fi
fi

need_debian python3 python3
# Debian keeps what makes an environment with pip in it in a package of its own.
if command -v python3 >/dev/null && ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null || true
  fi
fi

if command -v python3 >/dev/null; then
  if [ ! -e tests/tools/.venv/.installed ] ||
    [ tests/tools/requirements.txt -nt tests/tools/.venv/.installed ]; then
    if python3 -m venv tests/tools/.venv &&
      tests/tools/.venv/bin/pip install --quiet --disable-pip-version-check -r tests/tools/requirements.txt; then
      touch tests/tools/.venv/.installed
    else
      missing+=("the Python packages of tests/tools (Debian package python3-venv)")
    fi
  fi
  if [ -e tests/tools/.venv/.installed ]; then
    export PYTHON_TOOLS="$PWD/tests/tools/.venv/bin"
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  printf 'missing: %s\n' "${missing[@]}"
  if [ "${CI:-}" = true ]; then
    echo "CI=true: nothing may be skipped" >&2
    exit 1
  fi
  echo "the tests that need these will be skipped"
fi
