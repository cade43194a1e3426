#!/bin/sh
# Configures the library alone where only its own dependencies are to be found. Installs into a temporary prefix, moves
# the tree, and builds and runs the examples against it: with CMake's find_package and with pkg-config. The environment says what to use: CMAKE BUILD_DIR SOURCE_DIR GENERATOR CC CXX LIBDIR FLAGS VERSION.
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

# Configures $1 with further arguments where neither the command's libraries nor GTest can be found.
configure_alone() {
  source=$1
  shift
  "$CMAKE" -S "$source" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON -DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON -DTRECVIT_TOMLPLUSPLUS_INCLUDE=/absent "$@" >"$log" 2>&1 ||
    fail "expected to configure $source without the command's libraries"
}
configure_alone "$SOURCE_DIR" -B "$work/alone" -DTRECVIT_COMMAND=OFF
if grep -rqE 'toml|spdlog|CLI11|png16|gtest' "$work/alone/CMakeFiles/TargetDirectories.txt"; then
  fail "expected the library alone to need no other library"
fi
mkdir "$work/embedding"
cat >"$work/embedding/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(embedding LANGUAGES C CXX)
add_subdirectory($SOURCE_DIR trecvit)
add_executable(stream_c $SOURCE_DIR/examples/stream.c)
target_link_libraries(stream_c PRIVATE trecvit::trecvit)
foreach(target trecvit trecvit_cli trecvit_video trecvit_engine_fast_tests)
  if(TARGET \${target})
    message(FATAL_ERROR "expected the library alone, got \${target}")
  endif()
endforeach()
END
configure_alone "$work/embedding" -B "$work/embedded"

"$CMAKE" --install "$BUILD_DIR" --prefix "$work/installed" >"$log" 2>&1 || fail "expected to install"
mv "$work/installed" "$prefix"
for file in include/trecvit/trecvit.h include/trecvit/trecvit.hpp "$LIBDIR/libtrecvit.so" \
  "$LIBDIR/cmake/trecvit/trecvitConfig.cmake" "$LIBDIR/pkgconfig/trecvit.pc"; do
  [ -f "$prefix/$file" ] || fail "expected $file to be installed, got none"
done
if grep -rIl -e "$work" -e "$SOURCE_DIR" -e "$BUILD_DIR" "$prefix" >"$log"; then
  fail "expected no path of this machine in the installed text files, got some in:"
fi

# The command, where it is installed, and its part that needs LibTorch.
if [ -x "$prefix/bin/trecvit" ]; then
  "$prefix/bin/trecvit" --version >"$log" 2>&1 || fail "expected the installed trecvit to run"
  if [ -x "$prefix/libexec/trecvit/trecvit-train" ]; then
    "$prefix/bin/trecvit" train --help >"$log" 2>&1 || fail "expected the installed trecvit train to start"
    grep -q -e '--resume' "$log" || fail "expected the help of train"
  fi
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
    check_input "$program"
  done
}
# Frames with headers, names from a file, and inputs that are none.
check_input() {
  "$1" --labels "$work/names.txt" "$model" <"$work/frames.ppm" >"$work/named.txt" 2>"$log" || fail "expected $1 to read PPM"
  [ "$(grep -c 'name [0-9]' "$work/named.txt")" -eq 2 ] || fail "expected 2 names from $1, got $(cat "$work/named.txt")"
  refuses "$1" /dev/null 'got none' "$model" 80 60
  refuses "$1" /dev/null 'got none' "$model"
  refuses "$1" "$work/half.rgb" 'expected 14400 bytes of frame 1' "$model" 80 60
  refuses "$1" "$work/frames.rgb" 'bytes of frame' "$model" 80 64
  refuses "$1" "$work/frames.rgb" 'PPM' "$model"
  refuses "$1" "$work/half.ppm" 'bytes of frame' "$model"
  refuses "$1" "$work/frames.ppm" 'labels' --labels "$work/frames.rgb" "$model"
}
# PROGRAM INPUT WORDS ARGUMENTS...: exit code 3, and a message with the words.
refuses() {
  program=$1 input=$2 words=$3
  shift 3
  code=0
  "$program" "$@" <"$input" >/dev/null 2>"$log" || code=$?
  { [ $code -eq 3 ] && grep -q "$words" "$log"; } || fail "expected exit code 3 and '$words' from $program $*, got $code"
}
model=$SOURCE_DIR/tests/golden/mu_2d_weights.npz
head -c $((80 * 60 * 3 * 3)) "$model" >"$work/frames.rgb"
head -c $((80 * 60 * 3 + 7)) "$model" >"$work/half.rgb"
{
  printf 'P6\n80 60\n255\n' && head -c $((80 * 60 * 3)) "$model" && printf 'P6\n64 48\n255\n' && head -c $((64 * 48 * 3)) "$model"
} >"$work/frames.ppm"
head -c 20000 "$work/frames.ppm" >"$work/half.ppm"
for class in 0 1 2 3 4 5 6 7 8 9; do echo "name $class"; done >"$work/names.txt"

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
