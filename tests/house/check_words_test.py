#!/usr/bin/env python3
"""tools/check_words.py finds violations in a small tree, names their places, and accepts a tree without violations."""
import unittest

from tree_check import CheckTest


class CheckWords(CheckTest):
    tool = "check_words.py"

    def test_clean_tree(self):
        self.assert_clean({"docs/a.md": "A user agent sends /workspace.\n", "pixels.bin": b"\0 /wor" + b"k/"})

    def test_words(self):
        for text in ("/wor" + "k/main", "https://pyp" + "i.org/simple", "by an a" + "gent", "sub" + "-a" + "gents"):
            with self.subTest(text=text):
                self.assert_found({"script/a": f"one\n{text}\n"}, "script/a:2", "is ")
        self.assert_found({"docs/a.md": "in this ses" + "sion\n"}, "docs/a.md:1", "is ")


if __name__ == "__main__":
    unittest.main()
