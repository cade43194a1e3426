#!/bin/sh
# libtrecvit shows the functions of trecvit.h and nothing else, and needs only small system libraries.
#
#     exports_test.sh libtrecvit.so
set -eu
library=$1
header=$(dirname "$0")/../../include/trecvit/trecvit.h
failed=0

exported=$(nm -D --defined-only "$library" | awk '{print $NF}' | sort)
declared=$(grep -v '^ *//' "$header" | grep -o 'trecvit_[a-z_0-9]*(' | tr -d '(' | sort -u)
if [ -z "$declared" ] || [ "$exported" != "$declared" ]; then
  printf 'expected the exported symbols to be the functions of trecvit.h:\n%s\ngot:\n%s\n' "$declared" "$exported"
  failed=1
fi

allowed='linux-vdso|ld-linux|libc\.so|libm\.so|libgcc_s|libstdc\+\+|libpthread|libdl|librt|libz\.so'
sanitizers='libasan|libubsan|libtsan'
needed=$(ldd "$library" | awk '{print $1}')
others=$(printf '%s\n' "$needed" | grep -vE "$allowed|$sanitizers" || true)
if [ -z "$needed" ] || [ -n "$others" ]; then
  printf 'expected only small system libraries to be needed, got also:\n%s\n' "$others"
  failed=1
fi
exit $failed
