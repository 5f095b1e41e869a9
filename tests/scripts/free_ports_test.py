"""free_ports_test.py ROOT: a port that a script has chosen is its own until it listens there, however late that is."""
import pathlib
import socket
import subprocess
import sys
import unittest

ROOT = pathlib.Path('.')
CHOOSE_AMONG = 'import sys; import processes; processes.CHOSEN_AMONG = list(map(int, sys.argv[1:])); print(*processes.free_ports(1))'


class FreePorts(unittest.TestCase):
    def setUp(self):
        sys.path.insert(0, str(ROOT / 'scripts'))
        import processes
        self.ports = processes.free_ports(6)

    @staticmethod
    def others_choice(*ports):
        return subprocess.run([sys.executable, '-B', '-c', CHOOSE_AMONG, *map(str, ports)], cwd=ROOT / 'scripts', capture_output=True, text=True, check=False)

    def test_are_all_different_and_can_be_listened_at(self):
        self.assertEqual(len(set(self.ports)), 6)
        for port in self.ports:
            socket.create_server(('127.0.0.1', port)).close()

    def test_are_chosen_by_nobody_else(self):
        self.assertIn('no port is free', self.others_choice(*self.ports).stderr)

    def test_are_none_where_somebody_listens(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            self.assertIn('no port is free', self.others_choice(taken.getsockname()[1]).stderr)

    def test_are_none_that_the_kernel_gives_to_whoever_asks_for_any(self):
        self.assertLess(max(self.ports), 32_768, "where nobody has set another range")


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
