# Shared by the scripts; to be sourced. Perennial is built with Debian 12's packages.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=scripts/$(basename "$0")

build_packages=(
  g++ cmake ninja-build ccache mold pkg-config
  protobuf-compiler libprotobuf-dev libabsl-dev
  libgrpc++-dev libssl-dev protobuf-compiler-grpc # whose plugin the CMake package of the former asks for
  golang-github-gogo-googleapis-dev grpc-proto # google/rpc/*.proto, grpc/health/v1/health.proto
  libsqlite3-dev libutf8proc-dev libxxhash-dev libmysqlcppconn-dev libcli11-dev prometheus-cpp-dev libgtest-dev libgmock-dev
)
# The server's program alone: the package mariadb-server would start one for the whole machine.
test_packages=(
  curl mariadb-server-core galera-4 mariadb-client openssl git
  python3-minimal python3-grpcio python3-protobuf
  python3-pip python3-venv python3-setuptools python3-wheel mypy # the Python package, as its users install and check it
)
# The examples of the clients: without modules from the net, with what Debian has.
go_packages=(golang-go golang-google-grpc-dev golang-github-golang-protobuf-1-5-dev protoc-gen-go protoc-gen-go-grpc)
java_packages=(
  openjdk-17-jdk-headless protobuf-compiler-grpc-java-plugin libprotobuf-java libgrpc-java
  libguava-java libnetty-java libperfmark-java libgeronimo-annotation-1.3-spec-java junit4
)
browser_packages=(chromium-headless-shell)
format_packages=(clang-format-14 git)

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

# The comment at the head of the script.
print_help() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# For a test: to be skipped where it lacks them.
skip_without() {
  local missing
  missing=$(missing_packages "$@")
  if [ -n "$missing" ]; then
    say "Skipped: scripts/test installs what is missing:" $missing
    exit 77
  fi
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  command -v apt-get >/dev/null || fail "needs Debian 12's packages, or their like: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "run this as root first: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}${as_root:+, as root}"
  "${as_root[@]}" apt-get update -q >&2 || fail "apt-get update fails: see above"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends \
    "${missing[@]}" >&2 || fail "these packages cannot be installed: ${missing[*]}"
}

# buf comes from npm into .cache, as tests/contract/package-lock.json pins it.
buf_folder=$root/.cache/buf

install_buf() {
  if cmp -s "$root/tests/contract/package-lock.json" "$buf_folder/package-lock.json" &&
    buf --version >/dev/null 2>&1; then return; fi
  command -v npm >/dev/null || install_packages npm
  say "Installing buf"
  rm -rf "$buf_folder"
  mkdir -p "$buf_folder"
  cp "$root"/tests/contract/{package.json,package-lock.json,.npmrc} "$buf_folder"
  # A platform's package is the program itself: nothing of it has to be run.
  (cd "$buf_folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 || true
  buf --version >/dev/null 2>&1 ||
    fail "npm cannot install buf: see above, or whether npm reaches its registry (npm ping)"
}

buf() { "$buf_folder"/node_modules/@bufbuild/buf-*/bin/buf "$@"; }

# Puts a Node that the TypeScript packages run on into PATH; false where there is none yet.
use_node() {
  local new_enough='process.exit("20.19".localeCompare(process.versions.node, "en", {numeric: true}) > 0 ? 1 : 0)'
  command -v npm >/dev/null || return 1
  if node -e "$new_enough"; then return; fi
  PATH=$root/.cache/node/node_modules/$(node_package)/bin:$PATH
  node -e "$new_enough"
}

node_package() { echo "node-linux-$(node -p process.arch)"; }

node_modules_are_current() { cmp -s "$root/package-lock.json" "$root/node_modules/.installed"; }

# Node, and the packages that the TypeScript ones need. Debian 12 has Node 18, which is too old for
# them, but with its npm a newer one comes as a package.
install_node_modules() {
  command -v npm >/dev/null || install_packages nodejs npm
  if ! use_node; then
    say "Installing Node 20 in .cache"
    npm install --ignore-scripts --loglevel=error --prefix "$root/.cache/node" \
      "$(node_package)@20.20.2" >&2 || fail "Node cannot be installed: see above"
    use_node || fail "the Node in .cache does not run"
  fi
  if node_modules_are_current; then return; fi
  say "Installing the packages of package-lock.json"
  (cd "$root" && npm ci --ignore-scripts --loglevel=error >&2) || fail "npm ci fails: see above"
  cp "$root/package-lock.json" "$root/node_modules/.installed"
}

# build PRESET TARGET...: the folder is build for the preset default, else build-PRESET.
build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  say "Configuring ($preset)"
  if ! (cd "$root" && cmake --preset "$preset") >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "cmake fails: see above"
  fi
  rm -f "$log"
  say "Building $* (the first time takes minutes)"
  NINJA_STATUS='[%f/%t, %es] ' cmake --build "$root/$(build_folder "$preset")" \
    --parallel "$(nproc)" --target "$@" >&2 || fail "the build fails: see above"
}

build_folder() {
  if [ "$1" = default ]; then echo build; else echo "build-$1"; fi
}
