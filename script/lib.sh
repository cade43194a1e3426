# Functions that the scripts share: the folder of the repository, installing missing packages, building. To be sourced.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Packages that every build needs, as PACKAGE or PACKAGE:COMMAND. A package with a command counts as installed if the command
# exists, wherever it comes from.
# shellcheck disable=SC2034  # used by the scripts that source this file
build_packages=(
  g++:g++ cmake:cmake ninja-build:ninja ccache:ccache pkg-config:pkg-config
  libavdevice-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
  libcli11-dev nlohmann-json3-dev libspdlog-dev libfmt-dev zlib1g-dev libpng-dev libxxhash-dev
  libtomlplusplus-dev libgtest-dev librapidcheck-dev
)

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

is_installed() {  # PACKAGE[:COMMAND]
  [[ $1 == *:* ]] && command -v "${1#*:}" >/dev/null && return
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "${1%%:*}" 2>/dev/null) == installed ]]
}

# Prints and installs the missing packages. If none is missing, it does nothing and needs no network.
install_missing() {  # PACKAGE[:COMMAND]...
  local package missing=() as_root=()
  for package in "$@"; do
    is_installed "$package" || missing+=("${package%%:*}")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "expected Debian or Ubuntu to install: ${missing[*]}; install their equivalents"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "expected root or sudo; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "Installing with apt-get: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 \
    --no-install-recommends "${missing[@]}"
}

# Installs LibTorch, which training needs, from the package torch of the user's own Python package index; TRECVIT_TORCH_INDEX
# selects another index, TRECVIT_WITH_TORCH=OFF leaves training out. Does nothing if Torch_DIR or CMAKE_PREFIX_PATH is set, or
# if the package is already installed.
torch_version=2.13.0
install_torch() {
  [[ ${TRECVIT_WITH_TORCH:-ON} == ON && -z ${Torch_DIR:-}${CMAKE_PREFIX_PATH:-} ]] || return 0
  [[ ! -e $root/build/torch/torch/lib/libtorch_cpu.so ]] || return 0
  python3 -m pip --version >/dev/null 2>&1 || install_missing python3-pip
  echo "Fetching LibTorch: the package torch $torch_version into build/torch, 0.2 GB without CUDA and up to 1 GB with it"
  rm -rf "$root/build/torch" "$root/build/torch.part"
  python3 -m pip install --quiet --disable-pip-version-check --no-input --no-deps --target "$root/build/torch.part" \
    ${TRECVIT_TORCH_INDEX:+--index-url "$TRECVIT_TORCH_INDEX"} "torch==$torch_version" ||
    die "expected the package torch, got none; TRECVIT_WITH_TORCH=OFF leaves training out"
  mv "$root/build/torch.part" "$root/build/torch"
}

# The number of parallel compilations: one per core, and at most one per 2 GB of memory.
build_jobs() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemTotal:/ { print int($2 / 1048576) }' /proc/meminfo)
  local by_memory=$((gigabytes / 2 > 1 ? gigabytes / 2 : 1))
  echo "${CMAKE_BUILD_PARALLEL_LEVEL:-$((cores < by_memory ? cores : by_memory))}"
}

# Shows the output of CMake only if it fails.
configure() {  # PRESET [CMAKE OPTION...]
  local log
  mkdir -p "$root/build"
  log=$root/build/configure-$1.log
  (cd "$root" && cmake --preset "$@" "-DTRECVIT_WERROR=${TRECVIT_WERROR:-OFF}" \
    ${TRECVIT_WITH_TORCH:+"-DTRECVIT_WITH_TORCH=$TRECVIT_WITH_TORCH"}) >"$log" 2>&1 || {
    cat "$log" >&2
    die "configuring $1 failed"
  }
}

build() {  # PRESET [TARGET...]; without a target, builds everything
  local preset=$1
  shift
  cmake --build "$root/build/$preset" --parallel "$(build_jobs)" ${1:+--target "$@"}
}

# Tests write their files to memory if at least 2 GB are free there, because they sync most of their files to the disk. The
# number of parallel tests is the number of cores plus one, because some tests wait instead of computing.
run_tests() {  # PRESET LABELS [CTEST OPTION...]
  local scratch=${TMPDIR:-/tmp}
  [[ ! -w /dev/shm || $(df --output=avail /dev/shm | tail -n 1) -lt 2000000 ]] || scratch=/dev/shm
  TMPDIR=$scratch plain_addresses ctest --test-dir "$root/build/$1" --label-regex "$2" --output-on-failure \
    --no-tests=error --parallel "$(($(nproc) + 1))" "${@:3}"
}

# Turns address randomisation off if the kernel uses more random bits than the sanitizers of these compilers support.
plain_addresses() {
  if (($(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28) > 28)) && setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

fuzz_targets() {
  local source
  for source in "$root"/fuzz/*_fuzz.cc; do
    basename "$source" _fuzz.cc
  done
}

# Builds every fuzz target and runs it with its corpus, fuzz/corpus/NAME for fuzz/NAME_fuzz.cc, and with its dictionary, if it
# has one. New inputs go to build/fuzz/found.
run_fuzzers() {  # SECONDS FOR EACH
  local names
  mapfile -t names < <(fuzz_targets)
  configure fuzz
  build fuzz "${names[@]/%/_fuzz}"
  printf '%s\0' "${names[@]}" | xargs -0 --max-procs="$(nproc)" -I NAME \
    bash -c 'source "$1/script/lib.sh"; run_fuzzer NAME "$2"' "$(basename "$0")" "$root" "$1"
}

run_fuzzer() {  # NAME SECONDS
  local log=$root/build/fuzz/$1.log dictionary=$root/fuzz/dictionaries/$1.dict scratch=${TMPDIR:-/tmp}
  [[ ! -w /dev/shm ]] || scratch=/dev/shm  # for targets that write files
  [[ -e $dictionary ]] || dictionary=
  mkdir -p "$root/build/fuzz/found/$1"
  TMPDIR=$scratch plain_addresses "$root/build/fuzz/fuzz/${1}_fuzz" -max_total_time="$2" -max_len=1048576 \
    -timeout=10 -rss_limit_mb=2048 ${dictionary:+"-dict=$dictionary"} -artifact_prefix="$root/build/fuzz/found/$1-" \
    "$root/build/fuzz/found/$1" "$root/fuzz/corpus/$1" >"$log" 2>&1 || {
    tail -n 60 "$log"
    die "fuzz/${1}_fuzz.cc found an input that breaks it; see $log"
  }
  echo "$1: $(tail -n 1 "$log")"
}

# Adds those new inputs to fuzz/corpus that reach code which no input there reaches, smallest first and at most 4 kB each.
# Fails if the corpora exceed 2 MB.
merge_corpora() {
  local name small=$root/build/fuzz/small bytes
  for name in $(fuzz_targets); do
    rm -rf "$small"
    mkdir -p "$small" "$root/fuzz/corpus/$name"
    find "$root/build/fuzz/found/$name" -type f -size -5k -exec cp -t "$small" {} +
    plain_addresses "$root/build/fuzz/fuzz/${name}_fuzz" -merge=1 -use_counters=0 -timeout=10 -rss_limit_mb=2048 \
      "$root/fuzz/corpus/$name" "$small" >"$root/build/fuzz/$name-merge.log" 2>&1 ||
      die "expected to merge the inputs of $name; see $root/build/fuzz/$name-merge.log"
  done
  rm -rf "$small"
  bytes=$(find "$root/fuzz/corpus" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }')
  echo "fuzz/corpus: $(find "$root/fuzz/corpus" -type f | wc -l) inputs, $((bytes / 1000)) kB"
  ((bytes <= 2000000)) || die "expected corpora of at most 2 MB, got $((bytes / 1000)) kB; take the largest inputs out"
}
