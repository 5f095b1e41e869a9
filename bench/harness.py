"""What the benchmarks have in common: programs that are started and ended, loads, what one took, rounds and ratios."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 20
PATIENCE_SECONDS = 60
REST_BETWEEN_SYNCS = 1e-5  # seconds asked for; the system makes some 60 us of it
TICKS = os.sysconf("SC_CLK_TCK")
# What a saga's start gives: a sale, of one buyer among many.
SALE = '{"seller":"player-5647","buyer":"player-{n}","item":"item-77","quantity":2,"price":125}'


class program:
    """A process that writes the port it listens on to a file; ended with the block."""

    def __init__(self, name, command, port_file, log, start_seconds=START_SECONDS):
        self.name, self.port_file = name, port_file
        self.port_file.unlink(missing_ok=True)
        self.log = open(log, "ab")
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=subprocess.STDOUT)
        self.port = self.await_port(log, start_seconds)
        self.url = f"http://127.0.0.1:{self.port}"

    def await_port(self, log, start_seconds):
        deadline = time.monotonic() + start_seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                text = self.port_file.read_text().strip()
                if text:
                    return int(text)
            except FileNotFoundError:
                pass
            time.sleep(0.002)
        self.close()
        raise SystemExit(f"{self.name} did not start:\n{pathlib.Path(log).read_text(errors='replace')[-4000:]}")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self, which):
        """VmRSS: resident now; VmHWM: at its peak."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{which}:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def close(self):
        """Ended at once, as if the power was cut; for contextlib.closing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


@contextlib.contextmanager
def stopped(at):
    """It uses no processor within the block, and goes on after it."""
    at.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        at.process.send_signal(signal.SIGCONT)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_binaries(given):
    places = [pathlib.Path(given)] if given else [HERE.parent / "build" / kind / "bin" for kind in ("release", "debug")]
    for place in places:
        if (place / "bench_load").exists():
            return place.resolve()
    raise SystemExit("bench_load is in none of " + ", ".join(map(str, places))
                     + ": build all programs (`cmake --preset release && cmake --build --preset release`), or name --bin")


def start_participant(binaries, folder, name="participant", *more):
    """Answers at once, or what the more arguments say."""
    port_file = folder / f"{name}.port"
    return program(name, [binaries / "bench_participant", "--port-file", port_file, *more], port_file, folder / f"{name}.log")


def start_floor(binaries, folder, participant):
    port_file = folder / "floor.port"
    return program("floor", [binaries / "bench_floor", "--participant", participant.url, "--port-file", port_file], port_file,
                   folder / "floor.log")


def configure(folder, participants, definitions, more=""):
    """Writes sagad's settings, with its journal and its definitions, to the folder, which may be new; returns the file."""
    (folder / "definitions").mkdir(parents=True, exist_ok=True)
    for definition in definitions:
        shutil.copy(definition if isinstance(definition, pathlib.Path) else HERE / f"{definition}.yaml", folder / "definitions")
    settings = folder / "sagad.yaml"
    settings.write_text(
        "listen: 127.0.0.1:0\n"
        f"port_file: {folder}/sagad.port\n"
        f"journal: log:{folder}/journal\n"
        f"definitions: {folder}/definitions\n"
        f"{more}"
        "participants:\n" + "".join(f"  {name}: {{endpoints: ['{url}']}}\n" for name, url in participants.items())
    )
    return settings


def start_sagad(binary, settings, name="sagad", before=(), start_seconds=START_SECONDS):
    """`before` stands before its command."""
    folder = settings.parent
    at = program(name, [*before, binary, "--config", settings], folder / "sagad.port", folder / "sagad.log", start_seconds)
    at.journal = folder / "journal"
    return at


def read(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return answer.read().decode()


def metrics(at):
    """Those without labels, by name."""
    return {name: float(value) for name, value in re.findall(r"^(sagad_\w+) (\S+)$", read(f"{at.url}/metrics"), re.MULTILINE)}


def wait_for(condition, seconds, what, pause=0.002):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    raise SystemExit(f"{what} did not happen within {seconds} s")


class regular:
    """Calls something each so many seconds until the block ends; what fails in it ends the run."""

    def __init__(self, seconds, what):
        self.seconds, self.what, self.failed = seconds, what, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.over.wait(self.seconds):
                self.what()
        except Exception as failed:  # whatever it is, the run is not what it says to be
            self.failed = failed

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failed is not None:
            raise SystemExit(f"what is done each {self.seconds:g} s failed: {self.failed}")


def scraped(at):
    """Its metrics are read each second, as a monitoring system would."""
    return regular(1, lambda: read(f"{at.url}/metrics"))


def measure_fdatasync(folder, count=300, size=4096):
    """Milliseconds of one write of 4 KiB and its fdatasync, into a file that was filled with zeros before. Between two lies a
    short rest, as a call lies between a saga's commits: disk and processor answer a tenth later after it."""
    path = folder / "fdatasync"
    took = []
    with open(path, "wb", buffering=0) as file:
        file.write(bytes(count * size))
        os.fsync(file.fileno())
        for i in range(count):
            time.sleep(REST_BETWEEN_SYNCS)
            begun = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * size, i * size)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1000)
    path.unlink()
    took.sort()
    return {"p50_ms": took[len(took) // 2], "p99_ms": took[int(len(took) * 0.99)], "max_ms": took[-1]}


def tell_machine(folder):
    """Prints and returns what the figures depend on."""
    told = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0], "fdatasync": measure_fdatasync(folder)}
    spent = told["fdatasync"]
    print(f"cores: {told['cores']}, load before: {told['load_before']:.1f}, fdatasync of 4 KiB: p50 {spent['p50_ms']:.2f} ms,"
          f" p99 {spent['p99_ms']:.2f} ms, max {spent['max_ms']:.2f} ms", flush=True)
    return told


def load(binaries, at, participants, connections, seconds, more=()):
    """What bench_load tells, with what a saga took of each process and, of a sagad, of its journal."""
    processes = {at.name: at, **{one.name: one for one in participants}}
    before = {name: one.cpu_seconds() for name, one in processes.items()}
    journal = metrics(at) if hasattr(at, "journal") else None
    command = [binaries / "bench_load", "--url", at.url, "--connections", str(connections), "--seconds", str(seconds), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    try:
        told = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"bench_load against {at.name} said no JSON:\n{done.stdout}\n{done.stderr}") from None
    if done.returncode != 0:
        raise SystemExit(f"{at.name} did not finish its sagas: {done.stdout}")
    sagas = told["with_warm_up"]
    spent = {name: one.cpu_seconds() - before[name] for name, one in processes.items()} | {"load": told["cpu_seconds"]}
    told["of"] = at.name
    told["cpu_us_by_process"] = {name: seconds * 1e6 / sagas for name, seconds in spent.items()}
    told["cpu_us_per_saga"] = told["cpu_us_by_process"][at.name]
    told["peak_memory_bytes"] = at.memory_bytes("VmHWM")
    if journal is not None:
        took = {name: value - journal[name] for name, value in metrics(at).items() if name.startswith("sagad_journal_")}
        told["records_per_saga"] = took["sagad_journal_records_total"] / sagas
        told["fdatasyncs_per_saga"] = took["sagad_journal_syncs_total"] / sagas
        told["bytes_per_saga"] = took["sagad_journal_bytes_total"] / sagas
        told["commit_ms"] = took["sagad_journal_commit_nanoseconds_total"] / 1e6 / max(1, took["sagad_journal_commits_total"])
    return told


def line(told):
    return (
        f"  {told['of']:<8} {told['per_second']:>9.0f} sagas/s   p50 {told['p50_ms']:>8.2f} ms   p99 {told['p99_ms']:>8.2f} ms"
        f"   p99.9 {told['p999_ms']:>8.2f} ms   max {told['max_ms']:>8.2f} ms   CPU {told['cpu_us_per_saga']:>6.0f} us a saga"
    )


def by_turns(count, folder, loads):
    """Rounds, in each of which everything is loaded once, in order; by name what was told. Each round's fdatasync is its own."""
    rounds = []
    for _ in range(count):
        rounds.append({"fdatasync": measure_fdatasync(folder)})
        for name, one in loads.items():
            rounds[-1][name] = {**one(), "of": name}
            print(line(rounds[-1][name]), flush=True)
    return rounds


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summarize(rounds):
    """Prints and returns medians over the rounds with their spread, by name and figure."""
    found = {}
    for name in [one for one in rounds[0] if one != "fdatasync"]:
        told = [one[name] for one in rounds]
        mine = found[name] = {
            figure: spread([one[figure] for one in told])
            for figure, value in told[0].items() if isinstance(value, (int, float)) and figure not in ("connections", "failed")
        }
        mine["cpu_us_by_process"] = {process: spread([one["cpu_us_by_process"][process] for one in told])
                                     for process in told[0]["cpu_us_by_process"]}
        # The same percentiles in every round.
        mine["percentiles_ms"] = [[at, statistics.median(one["percentiles_ms"][i][1] for one in told)]
                                  for i, (at, _) in enumerate(told[0]["percentiles_ms"])]
        rate, cpu = mine["per_second"], mine["cpu_us_by_process"]
        spent = ", ".join(f"{process} {one['median']:.0f} us" for process, one in cpu.items())
        print(f"  {name}, medians: {rate['median']:.0f} sagas/s ({rate['min']:.0f}-{rate['max']:.0f}), p50 {mine['p50_ms']['median']:.2f} ms,"
              f" p99 {mine['p99_ms']['median']:.2f} ms ({mine['p99_ms']['min']:.2f}-{mine['p99_ms']['max']:.2f}); CPU a saga: {spent};"
              f" peak memory {mine['peak_memory_bytes']['max'] / 2**20:.0f} MiB")
        if "fdatasyncs_per_saga" in mine:
            print(f"    a saga takes {mine['records_per_saga']['median']:.1f} records, {mine['bytes_per_saga']['median']:.0f} bytes and"
                  f" {mine['fdatasyncs_per_saga']['median']:.2f} fdatasyncs of the journal; a commit"
                  f" {mine['commit_ms']['median']:.2f} ms ({mine['commit_ms']['min']:.2f}-{mine['commit_ms']['max']:.2f})", flush=True)
    return found


def ratio(rounds, of, over, target=None, figure="per_second", at_most=False):
    """Prints and returns the median, over the rounds, of one's figure over the other's in the same round."""
    pairs = [one[of][figure] / one[over][figure] for one in rounds]
    found = {**spread(pairs), "target": target}
    found["met"] = target is None or (found["median"] <= target if at_most else found["median"] >= target)
    verdict = f"   target {'<=' if at_most else '>='} {target:.2f}: {'met' if found['met'] else 'MISSED'}" if target else ""
    print(f"  {of} / {over}: {found['median']:.2f} (rounds {', '.join(f'{one:.2f}' for one in pairs)}){verdict}", flush=True)
    return found


def parser(text, seconds=4, rounds=3, connections=64):
    """Options that every script has."""
    made = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--bin", help="folder of the built programs (default: build/release/bin)")
    made.add_argument("--dir", help="where journals are written (default: beside --bin)")
    made.add_argument("--seconds", type=float, default=seconds)
    made.add_argument("--rounds", type=int, default=rounds)
    if connections:
        made.add_argument("--connections", type=int, default=connections)
    made.add_argument("--json", help="write everything that was measured to this file")
    return made


@contextlib.contextmanager
def new_folder(binaries, options):
    """Removed at the end; kept, with what the programs said, where a run fails."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=options.dir or binaries.parent)).resolve()
    try:
        yield folder
    except SystemExit:
        print(f"what the programs said is in {folder}", file=sys.stderr)
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def write_json(options, measured):
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(measured, indent=2) + "\n")


def all_met(measured):
    """Whether every target that was judged was met, wherever it stands in what was measured."""
    if isinstance(measured, dict):
        return measured.get("met", True) and all(all_met(one) for one in measured.values())
    return all(all_met(one) for one in measured) if isinstance(measured, list) else True
