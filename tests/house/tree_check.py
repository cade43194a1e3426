"""Shared by the tests of the checks in tools/: runs a check over a small tree of files."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class CheckTest(unittest.TestCase):
    tool = ""  # file name in tools/

    def check(self, files):
        """Runs the check over a new tree with these files. Returns its exit status, lines and errors."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
            done = subprocess.run([sys.executable, TOOLS / self.tool, root], capture_output=True, text=True)
            return done.returncode, done.stdout.splitlines(), done.stderr

    def assert_clean(self, files):
        self.assertEqual(self.check(files), (0, [], ""))

    def assert_found(self, files, place, words):
        status, lines, errors = self.check(files)
        self.assertEqual((status, len(lines), errors), (1, 1, ""), lines)
        self.assertTrue(lines[0].startswith(place + ": "), lines[0])
        self.assertIn(words, lines[0])
