"""Machines in one machine: each node has a network namespace of its own with three links, to the database, to the participants and to the clients, and each can be
cut without either side being told. All of it is in namespaces of the test's own, and goes when the test's process goes."""

import os
import subprocess
import sys

INSIDE = "SAGAD_NODES_INSIDE"
SIDES = ("database", "participants", "clients")


def enter():
    """Begins this script again as the first process of namespaces of its own, where it is not yet. Needs root."""
    if INSIDE in os.environ:
        for folder in ("/run/netns", "/dev/shm"):  # of this test alone, and gone with it
            run("mount", "-t", "tmpfs", "tmpfs", folder)
        run("ip", "link", "set", "lo", "up")
        return
    if os.geteuid() != 0:
        raise SystemExit("network namespaces need root: run this with sudo")
    os.makedirs("/run/netns", exist_ok=True)
    os.execvpe("unshare", ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--",
                           sys.executable, "-B", *sys.argv], {**os.environ, INSIDE: "1"})


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def hub(side):
    """The address of whoever is at the middle of a side."""
    return f"10.77.{SIDES.index(side) + 1}.1"


class machine:
    """One node's: `number` from 1. Its links are called by the sides that they lead to."""

    def __init__(self, number):
        self.number, self.name = number, f"node-{number}"
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        for side in SIDES:
            here = self.link(side)
            run("ip", "link", "add", here, "type", "veth", "peer", "name", side, "netns", self.name)
            run("ip", "link", "set", here, "master", side, "up")
            run("ip", "-n", self.name, "address", "add", f"{self.address(side)}/24", "dev", side)
            run("ip", "-n", self.name, "link", "set", side, "up")

    def link(self, side):
        return f"{side[:8]}-{self.number}"

    def address(self, side):
        return f"10.77.{SIDES.index(side) + 1}.{10 + self.number}"

    def inside(self, command):
        """The command that runs it there, and ends it with the test."""
        return ["ip", "netns", "exec", self.name, "setpriv", "--pdeathsig", "KILL", "--", *command]

    def cut(self, side):
        """What is sent is lost from now on, in both directions; nobody's connection is closed."""
        run("ip", "link", "set", self.link(side), "down")

    def join(self, side):
        run("ip", "link", "set", self.link(side), "up")


def machines(count):
    for side in SIDES:
        run("ip", "link", "add", side, "type", "bridge")
        run("ip", "address", "add", f"{hub(side)}/24", "dev", side)
        run("ip", "link", "set", side, "up")
    return [machine(number) for number in range(1, count + 1)]
