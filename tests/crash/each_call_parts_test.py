"""each_call_parts_test.py: what each_call_test.py takes, what it prints to see something again, and how it counts calls."""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

from each_call_test import again
from short_life import by_number

PROGRAM = pathlib.Path(__file__).resolve().parent / "each_call_test.py"


def options(**given):
    return argparse.Namespace(**{"only": "", "all": False, "trials": 60, "seed": 7, **given})


class NotesTest(unittest.TestCase):
    def test_calls_stand_at_their_numbers(self):
        self.assertEqual(by_number(["2 fsync b", "1 open a"]), ["1 open a", "2 fsync b"])
        self.assertEqual(by_number([]), [])

    def test_one_that_was_counted_and_not_noted_keeps_its_place(self):
        self.assertEqual(by_number(["1 open a", "3 fsync c"]), ["1 open a", "2 unnoted ?", "3 fsync c"])


class ArgumentsTest(unittest.TestCase):
    def test_a_trial_that_fails_is_shown_again_alone(self):
        failed = ["no checkpoint was made", "new/journal/kill/7/3", "old/views/EIO/2"]
        self.assertEqual(again(options(only="new"), failed), "--only new/journal/kill/7/3")

    def test_what_is_no_trial_is_shown_again_by_the_same_arguments(self):
        failed = ["no call went wrong"]
        self.assertEqual(again(options(only="old/journal"), failed), "--only old/journal --trials 60 --seed 7")
        self.assertEqual(again(options(only="old", all=True), failed), "--only old --all")
        self.assertEqual(again(options(trials=5), failed), "--trials 5 --seed 7")

    def test_a_folder_that_is_in_use_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "old").mkdir()
            ended = subprocess.run([sys.executable, "-B", str(PROGRAM), "--bin", ".", "--folder", folder], capture_output=True, text=True,
                                   check=False)
        self.assertEqual(ended.returncode, 2)
        self.assertIn(f"--folder {folder} has something in it: name a new folder, or an empty one", ended.stderr)
        self.assertNotIn("Traceback", ended.stderr)


if __name__ == "__main__":
    unittest.main()
