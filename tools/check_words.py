#!/usr/bin/env python3
"""Finds words in the files of the repository that do not help a reader elsewhere: paths that exist on one machine only, names of
package hosts, remarks about the author of a text, and words that have another name in the documents.

    tools/check_words.py [ROOT]

Prints one line "FILE:LINE: message" for each finding and exits with 1 if there is any. Needs only Python 3.
"""
import pathlib
import re
import subprocess
import sys

# Patterns, each with its reason. They are written so that this file does not match them.
WORDS = [
    (re.compile(r"(?<![\w.])/(wor[k]|roo[t]|hom[e])/"), "a path of one machine"),
    (re.compile(r"py[p]i\.org|deb\.debia[n]\.org|registry\.npmj[s]"), "the name of a package host; use the user's own"),
    (re.compile(r"(?<!user[- ])\b(sub-?)?a[g]ents?\b", re.I), "a word about the author of a text, not about the program"),
]
# Only in documents: for users, the word is `stream`. The class that runs a stream has this name, so code uses it, and
# documents may write the class name in backticks.
DOCUMENT_WORDS = [(re.compile(r"(?<!`)\bsess[i]ons?\b(?!\.h|`)", re.I), "the name of a class; in documents, write 'stream'")]


def files_of(root):
    """Every file of the repository. Without git: every file outside build folders."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True
    )
    if (root / ".git").exists() and listed.returncode == 0:
        found = (root / name for name in listed.stdout.decode().split("\0") if name)
    else:
        found = (path for path in root.rglob("*") if "build" not in path.relative_to(root).parts)
    return sorted(path for path in found if path.is_file())


def check_words(root):
    for path in files_of(root):
        content = path.read_bytes()
        if b"\0" in content:
            continue
        words = WORDS + (DOCUMENT_WORDS if path.suffix == ".md" else [])
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            for pattern, reason in words:
                found = pattern.search(line)
                if found:
                    yield path, number, f"'{found.group()}' is {reason}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems = list(check_words(root))
    for path, number, problem in problems:
        print(f"{path.relative_to(root)}:{number}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
