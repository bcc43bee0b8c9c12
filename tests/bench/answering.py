"""Measure the answers to keys and signals: `python -m tests.bench.answering`, from the root.

Starts the command on 100,000 events in a pseudo-terminal, has it do something long, and sends Esc,
ctrl+c or SIGTERM at several moments of that. A bare Textual app takes most of the first row to end.
Nothing here fails: read the table.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

import pexpect

from tests.bench.__main__ import started, tiled
from tests.e2e.terminal import COMMAND

_MOMENTS_S: Final = (0.05, 0.2, 0.5, 1.0, 1.5)
"""After which each signal is sent."""

_ENDLESS: Final = "/(a|aa)+$/"


def with_endless_labels(file: Path) -> Path:
    """The same events, each hundredth with a label in which an expression never ends."""
    events = json.loads(file.read_bytes())["data"]
    for number, event in enumerate(events[::100]):
        event["label"] = f"{'a' * 60}!{number}"
    hostile = file.with_name("endless.json")
    hostile.write_text(json.dumps({"data": events}), "utf-8")
    return hostile


def dense(file: Path) -> Path:
    """The same events as a server with whole seconds would have them, hundreds in each."""
    events = json.loads(file.read_bytes())["data"]
    start = events[0]["timestamp"] // 1000 * 1000
    for number, event in enumerate(events):
        event["timestamp"] = start + number // 500 * 1000
    thick = file.with_name("dense.json")
    thick.write_text(json.dumps({"data": events}), "utf-8")
    return thick


def until_gone(child: pexpect.spawn[bytes], send: Callable[[], object]) -> float:
    """Seconds from sending something until a command has ended."""
    start = perf_counter()
    send()
    child.expect(pexpect.EOF, timeout=30)
    seconds = perf_counter() - start
    child.close(force=True)
    return seconds


def until_word(child: pexpect.spawn[bytes], send: Callable[[], object], word: str) -> float:
    """Seconds from sending something until a word is on the screen anew."""
    with suppress(pexpect.TIMEOUT):
        while True:
            child.read_nonblocking(65536, timeout=0.02)
    child.buffer = b""
    start = perf_counter()
    send()
    child.expect_exact(word.encode(), timeout=30)
    seconds = perf_counter() - start
    child.close(force=True)
    return seconds


def signalled(arguments: Sequence[str], number: int, after_s: float) -> float | None:
    """Seconds until a command without a screen has ended by a signal; None where it was done."""
    start = perf_counter()
    process = os.posix_spawn(
        COMMAND,
        [COMMAND, *arguments],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    sleep(max(0.0, after_s - (perf_counter() - start)))
    sent = perf_counter()
    os.kill(process, number)
    _, status = os.waitpid(process, 0)
    seconds = perf_counter() - sent
    return None if os.waitstatus_to_exitcode(status) == 0 else seconds


def row(name: str, esc: str, interrupt: Sequence[float], terminate: Sequence[float]) -> None:
    """Print one line of the table: the worst of each."""
    said = [
        f"{max(taken) * 1000:7.0f} ms" if taken else "  was done"
        for taken in (interrupt, terminate)
    ]
    print(f"{name:44} {esc:>10} {said[0]:>10} {said[1]:>10}", flush=True)


def on_screen(
    name: str, file: Path, keys: Sequence[str], arguments: Sequence[str], back: str
) -> None:
    """Measure what is done on the screen."""

    def at_work(after_s: float) -> pexpect.spawn[bytes]:
        child = started(COMMAND, str(file), *arguments)
        if keys:
            child.expect_exact(b"row 1 of ", timeout=30)
            for key in keys:
                sleep(0.3)
                child.send(key)
        sleep(after_s)
        return child

    taken: dict[str, list[float]] = {"esc": [], "interrupt": [], "terminate": []}
    for after_s in _MOMENTS_S[:4]:
        child = at_work(after_s)
        taken["interrupt"].append(until_gone(child, partial(child.send, "\x03")))
        child = at_work(after_s)
        taken["terminate"].append(until_gone(child, partial(child.kill, signal.SIGTERM)))
        if back:
            child = at_work(after_s)
            taken["esc"].append(until_word(child, partial(child.send, "\x1b"), back))
    esc = f"{max(taken['esc']) * 1000:.0f} ms" if taken["esc"] else "-"
    row(name, esc, taken["interrupt"], taken["terminate"])


def without_screen(name: str, arguments: Sequence[str]) -> None:
    """Measure what is done without one."""
    taken = [
        [
            s
            for after_s in _MOMENTS_S
            if (s := signalled(arguments, number, 0.5 + after_s)) is not None
        ]
        for number in (signal.SIGINT, signal.SIGTERM)
    ]
    row(name, "-", *taken)


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.answering")
    parser.add_argument("--events", type=int, default=100_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        plain = tiled(Path(folder), events)
        hostile, thick = with_endless_labels(plain), dense(plain)
        out = str(Path(folder) / "out")
        print(f"{f'worst answer, {events:,} events':44} {'Esc':>10} {'ctrl+c':>10} {'SIGTERM':>10}")
        for name in ("text", "md", "json", "ndjson", "csv"):
            without_screen(f"--format {name}", [str(plain), "--format", name, "-o", out])
        without_screen("--redact --format json", [str(plain), "--redact", "--format", "json"])
        without_screen("--format json, dense seconds", [str(thick), "--format", "json"])
        for option in ("--find", "--filter"):
            without_screen(
                f"{option} {_ENDLESS}", [str(hostile), option, _ENDLESS, "--format", "csv"]
            )
        without_screen("--with", [str(plain), "--with", str(thick), "--format", "json"])
        on_screen("nothing", plain, ["j"], [], "")
        on_screen("load", plain, [], [], "")
        on_screen("load, dense seconds", thick, [], [], "")
        on_screen("load --with", plain, [], ["--with", str(thick)], "")
        total = f"{events:,} of {events:,} events"
        for key in "&/":
            on_screen(f"{key} {_ENDLESS}, typed", hostile, [key, _ENDLESS], [], total)
            on_screen(f"{key} {_ENDLESS} Enter", hostile, [key, _ENDLESS, "\r"], [], total)
        on_screen("& pay", plain, ["&", "pay"], [], total)
        for keys in ("a", "H", "yc", "ym", "yM", "yj"):
            on_screen(f"keys {' '.join(keys)}", plain, list(keys), [], "")
        for ending in ("md", "json", "csv"):
            wipe = "\x15" + out
            on_screen(
                f"ctrl+s to .{ending}",
                plain,
                ["\x13", f"{wipe}-{os.getpid()}.{ending}", "\r"],
                [],
                "",
            )


if __name__ == "__main__":
    main()
