"""barrier_test.py ROOT: what the example's barrier in Python takes back, and when it gives up waiting."""
import pathlib
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(sys.argv.pop(1)).resolve() / 'examples/4_own_service/python'))
import barrier  # noqa: E402


def call(operation='action', generation=1):
    return barrier.Call('01JF0000000000000000000001', 'seat', operation, generation, 'digest')


class Barrier(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.db = self.connect()
        self.db.executescript(barrier.TABLE + 'CREATE TABLE effects(name TEXT);')

    def connect(self):
        db = sqlite3.connect(pathlib.Path(self.folder.name) / 'db', timeout=0, isolation_level=None)
        self.addCleanup(db.close)
        return db

    def effects(self):
        return self.db.execute('SELECT count(*) FROM effects').fetchone()[0]

    def business(self, answer):
        def run():
            self.db.execute("INSERT INTO effects VALUES ('one')")
            if isinstance(answer, Exception):
                raise answer
            return answer
        return run

    def perform(self, answer, *of):
        return barrier.perform(self.db, call(*of), self.business(answer))

    def test_a_rejection_takes_the_business_back_and_keeps_the_row(self):
        self.assertEqual(self.perform(barrier.rejected('no', 'No.')).outcome, 'rejected')
        self.assertEqual(self.effects(), 0)
        self.assertEqual(self.perform(barrier.done({})).outcome, 'rejected')

    def test_a_failure_takes_everything_back(self):
        with self.assertRaises(ZeroDivisionError):
            self.perform(ZeroDivisionError())
        self.assertEqual(self.effects(), 0)
        self.assertEqual(self.perform(barrier.done({})).outcome, 'done')
        self.assertEqual(self.effects(), 1)

    def test_a_compensation_that_fails_is_run_again(self):
        self.perform(barrier.done({}))
        for refusal in (ZeroDivisionError(), barrier.rejected('no', 'No.')):
            with self.assertRaises((ZeroDivisionError, ValueError)):
                self.perform(refusal, 'compensation')
            self.assertEqual(self.effects(), 1)
        self.assertEqual(self.perform(barrier.done({}), 'compensation').outcome, 'done')
        self.assertEqual(self.effects(), 2)

    def test_a_call_that_cannot_commit_in_time_has_changed_nothing_and_comes_again(self):
        other = self.connect()
        other.execute('BEGIN')
        other.execute('SELECT * FROM effects').fetchall()
        self.assertEqual((self.perform(barrier.done({})).status, self.effects()), (425, 0))
        other.execute('ROLLBACK')
        self.assertEqual((self.perform(barrier.done({})).status, self.effects()), (200, 1))

    def test_a_call_that_finds_the_database_locked_is_told_to_come_again(self):
        other = self.connect()
        other.execute('BEGIN IMMEDIATE')
        self.assertEqual((self.perform(barrier.done({})).status, self.effects()), (425, 0))
        other.execute('ROLLBACK')
        self.assertEqual(self.perform(barrier.done({})).status, 200)


if __name__ == '__main__':
    unittest.main()
