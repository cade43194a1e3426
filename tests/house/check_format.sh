#!/usr/bin/env bash
# Checks that the C++ sources that git tracks are formatted by the rules of .clang-format. Exits with 77 (skipped) if
# clang-format 19 or git is missing; other versions of clang-format break lines differently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for tool in clang-format-19 clang-format; do
  if "$tool" --version 2>/dev/null | grep -q 'version 19\.'; then
    formatter=$tool
    break
  fi
done
if [[ -z ${formatter:-} ]] || ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo "skipped: needs clang-format 19 and a git checkout"
  exit 77
fi
git ls-files -z --cached -- '*.h' '*.cc' '*.cpp' | while IFS= read -r -d '' file; do
  if [[ -e $file ]]; then printf '%s\0' "$file"; fi  # a file may be removed, but not yet from the index
done | xargs -0 -r "$formatter" --dry-run -Werror
