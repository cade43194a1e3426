#!/usr/bin/env python3
"""tools/check_includes.py finds what is planted in a tree of its own, names the place, and passes a clean tree."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_includes.py"


def check(files):
    """Runs the check over a new tree with these files; its exit status and lines."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines(), done.stderr


class CheckIncludes(unittest.TestCase):
    def assert_clean(self, files):
        self.assertEqual(check(files), (0, [], ""))

    def assert_found(self, files, place, words):
        status, lines, errors = check(files)
        self.assertEqual((status, len(lines), errors), (1, 1, ""), lines)
        self.assertTrue(lines[0].startswith(place + ": "), lines[0])
        self.assertIn(words, lines[0])

    def test_clean_tree(self):
        self.assert_clean({
            "src/trecvit/engine/a.h": '#pragma once\n#include <vector>\n#include <sys/stat.h>\n'
                                      '#include "trecvit/engine/b.h"\n#include "trecvit/base/c.h"\n',
            "src/trecvit/video/d.cc": "#include <libavutil/frame.h>\nusing namespace std::literals;\n",
            "docs/a.md": "A user agent sends /workspace.\n",
            "pixels.bin": b"\0 /wor" + b"k/",
        })

    def test_upward_include(self):
        self.assert_found({"src/trecvit/base/a.cc": '\n#include "trecvit/io/npz.h"\n'},
                          "src/trecvit/base/a.cc:2", "base may include no other layer")
        self.assert_found({"src/trecvit/engine/simd/a.cc": '  #  include "trecvit/video/source.h"\n'},
                          "src/trecvit/engine/simd/a.cc:1", "engine may include")

    def test_include_that_is_not_from_the_root(self):
        self.assert_found({"src/trecvit/io/a.cc": '#include "npz.h"\n'}, "src/trecvit/io/a.cc:1", "from the root")

    def test_layer_that_the_table_does_not_know(self):
        self.assert_found({"src/trecvit/misc/a.cc": ""}, "src/trecvit/misc/a.cc:1", "expected a layer among")

    def test_outside_library_in_the_wrong_layer(self):
        for layer, header in (("engine", "torch/torch.h"), ("pipeline", "libavcodec/avcodec.h"), ("base", "zlib.h"),
                              ("cli", "nlohmann/json.hpp"), ("io", "unheard/of.h")):
            with self.subTest(header=header):
                self.assert_found({f"src/trecvit/{layer}/a.cc": f"#include <{header}>\n"},
                                  f"src/trecvit/{layer}/a.cc:1", f"got <{header}>")

    def test_headers(self):
        self.assert_found({"src/trecvit/base/a.h": "int a;\n"}, "src/trecvit/base/a.h:1", "#pragma once")
        self.assert_found({"src/trecvit/base/a.h": "#pragma once\n  using  namespace std;\n"},
                          "src/trecvit/base/a.h:2", "using namespace")

    def test_words(self):
        for text in ("/wor" + "k/main", "https://pyp" + "i.org/simple", "by an a" + "gent", "sub" + "-a" + "gents"):
            with self.subTest(text=text):
                self.assert_found({"script/a": f"one\n{text}\n"}, "script/a:2", "is ")
        self.assert_found({"docs/a.md": "in this ses" + "sion\n"}, "docs/a.md:1", "is ")


if __name__ == "__main__":
    unittest.main()
