#!/bin/sh
# Builds the library and an example as a part of another project (add_subdirectory), where nothing that only the command
# needs can be found, and runs it. The environment says what to use: CMAKE SOURCE_DIR GENERATOR CC CXX FLAGS.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/trecvit-embedded-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'embedded_test: %s\n' "$1"
  [ ! -f "$work/log" ] || tail -n 40 "$work/log"
  exit 1
}

cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(embedding LANGUAGES C CXX)
add_subdirectory($SOURCE_DIR trecvit)
add_executable(stream_c $SOURCE_DIR/examples/stream.c)
target_link_libraries(stream_c PRIVATE trecvit::trecvit)
END
"$CMAKE" -S "$work" -B "$work/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$FLAGS" -DCMAKE_CXX_FLAGS="$FLAGS" \
  -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON -DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON >"$work/log" 2>&1 ||
  fail "expected to configure"
"$CMAKE" --build "$work/build" >"$work/log" 2>&1 || fail "expected to build"
"$work/build/stream_c" >"$work/out" 2>"$work/log" || fail "expected stream_c to run"
[ "$(wc -l <"$work/out")" -eq 8 ] || fail "expected 8 lines, got $(cat "$work/out")"
[ -z "$FLAGS" ] || exit 0  # sanitizers bring libraries of their own
others=$(ldd "$work/build/stream_c" | awk '{print $1}' |
  grep -vE 'linux-vdso|ld-linux|libtrecvit|libc\.so|libm\.so|libgcc_s|libstdc\+\+|libz\.so' || true)
[ -z "$others" ] || fail "expected only system libraries and zlib, got also $others"
