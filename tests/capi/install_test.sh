#!/bin/sh
# Installs into a temporary prefix, moves the tree, and builds and runs the examples against it: with CMake's find_package
# and with pkg-config. The environment says what to use: CMAKE BUILD_DIR SOURCE_DIR GENERATOR CC CXX LIBDIR FLAGS VERSION.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/trecvit-install-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$work/log
prefix=$work/moved

fail() {
  printf 'install_test: %s\n' "$1"
  [ ! -f "$log" ] || cat "$log"
  exit 1
}

"$CMAKE" --install "$BUILD_DIR" --prefix "$work/installed" >"$log" 2>&1 || fail "expected to install"
mv "$work/installed" "$prefix"
for file in include/trecvit/trecvit.h include/trecvit/trecvit.hpp "$LIBDIR/libtrecvit.so" \
  "$LIBDIR/cmake/trecvit/trecvitConfig.cmake" "$LIBDIR/pkgconfig/trecvit.pc"; do
  [ -f "$prefix/$file" ] || fail "expected $file to be installed, got none"
done
if grep -rIl -e "$work" -e "$SOURCE_DIR" -e "$BUILD_DIR" "$prefix" >"$log"; then
  fail "expected no path of this machine in the installed text files, got some in:"
fi

# Eight lines of frame, class and probability, the same from both programs and from a file of frames.
check_examples() {
  "$1" >"$work/c.txt" 2>"$log" || fail "expected $1 to run"
  "$2" >"$work/cpp.txt" 2>"$log" || fail "expected $2 to run"
  [ "$(wc -l <"$work/c.txt")" -eq 8 ] || fail "expected 8 lines from $1, got $(cat "$work/c.txt")"
  cmp "$work/c.txt" "$work/cpp.txt" >"$log" || fail "expected equal output from $1 and $2"
  for program in "$1" "$2"; do
    "$program" "$model" 80 60 <"$work/frames.rgb" >"$work/piped.txt" 2>"$log" || fail "expected $program to read frames"
    [ "$(wc -l <"$work/piped.txt")" -eq 3 ] || fail "expected 3 lines from $program, got $(cat "$work/piped.txt")"
    code=0
    "$program" "$work/absent.npz" 80 60 </dev/null >"$log" 2>&1 || code=$?
    { [ $code -eq 3 ] && grep -q absent.npz "$log"; } || fail "expected $program to say that the model is absent"
  done
}
model=$SOURCE_DIR/tests/golden/mu_2d_weights.npz
head -c $((80 * 60 * 3 * 3)) "$model" >"$work/frames.rgb"

"$CMAKE" -S "$SOURCE_DIR/examples" -B "$work/by_cmake" -G "$GENERATOR" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_FLAGS="$FLAGS" -DCMAKE_CXX_FLAGS="$FLAGS" \
  >"$log" 2>&1 || fail "expected find_package(trecvit) to work"
"$CMAKE" --build "$work/by_cmake" >"$log" 2>&1 || fail "expected the examples to build with CMake"
check_examples "$work/by_cmake/stream_c" "$work/by_cmake/stream_cpp"

command -v pkg-config >/dev/null || {
  echo "pkg-config is not installed here; its part was left out"
  exit 0
}
export PKG_CONFIG_PATH="$prefix/$LIBDIR/pkgconfig"
[ "$(pkg-config --modversion trecvit)" = "$VERSION" ] || fail "expected pkg-config to name version $VERSION"
flags="$(pkg-config --cflags --libs trecvit) -Wl,-rpath,$prefix/$LIBDIR"
mkdir "$work/by_pkg_config"
# shellcheck disable=SC2086 # flags are words
"$CC" $FLAGS "$SOURCE_DIR/examples/stream.c" -o "$work/by_pkg_config/stream_c" $flags >"$log" 2>&1 ||
  fail "expected stream.c to build with pkg-config"
# shellcheck disable=SC2086
"$CXX" $FLAGS -std=c++20 "$SOURCE_DIR/examples/stream.cpp" -o "$work/by_pkg_config/stream_cpp" $flags >"$log" 2>&1 ||
  fail "expected stream.cpp to build with pkg-config"
check_examples "$work/by_pkg_config/stream_c" "$work/by_pkg_config/stream_cpp"
