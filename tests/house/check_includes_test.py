#!/usr/bin/env python3
"""tools/check_includes.py finds violations in a small tree, names their places, and accepts a tree without violations."""
import unittest

from tree_check import CheckTest


class CheckIncludes(CheckTest):
    tool = "check_includes.py"

    def test_clean_tree(self):
        self.assert_clean({
            "src/trecvit/engine/a.h": '#pragma once\n#include <vector>\n#include <sys/stat.h>\n'
                                      '#include "trecvit/engine/b.h"\n#include "trecvit/base/c.h"\n',
            "src/trecvit/video/d.cc": "#include <libavutil/frame.h>\nusing namespace std::literals;\n",
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


if __name__ == "__main__":
    unittest.main()
