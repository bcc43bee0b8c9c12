"""Serve a loopback OpenReplay by hand: `python -m tests.server`, from the root of the repository.

Imports the standard library and this package only.
"""

import argparse
import signal
import threading
from typing import Final

from tests.server import faults
from tests.server.openreplay import API_KEY, PROJECT_KEY, SESSION_IDS, OpenReplay, Running, serve

FAULTS: Final[dict[str, faults.Fault]] = {
    "error": faults.Status(500),
    "bad-gateway": faults.Status(502, b"<html>502 Bad Gateway</html>", "text/html"),
    "rate-limit": faults.Status(429, b"", headers=(("retry-after", "2"),)),
    "redirect": faults.Redirect("https://login.example/"),
    "html": faults.HtmlPage(),
    "not-json": faults.NotJson(),
    "gzip-bomb": faults.GzipBomb(500),
    "cut-off": faults.CutOff(1000),
    "hang": faults.Hang(600),
    "stall": faults.Stall(),
    "drip": faults.Drip(),
}


def describe(running: Running) -> str:
    """What to know of a server to try eventview against it."""
    sessions = "\n".join(f"           {id_}  {name}" for name, id_ in SESSION_IDS.items())
    return (
        f"server     {running.url}\n"
        f"key        {API_KEY}\n"
        f"project    {PROJECT_KEY}\n"
        f"sessions\n{sessions}\n"
        "try\n"
        f"           OPENREPLAY_URL={running.url} OPENREPLAY_API_KEY={API_KEY} \\\n"
        f"               eventview {PROJECT_KEY} {SESSION_IDS['checkout']}\n"
        "ctrl+c stops it"
    )


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.server")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--fault", choices=FAULTS, help="what happens to every request")
    arguments = parser.parse_args()
    # A handler of its own: started in the background by a shell, SIGINT would be ignored.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    openreplay = OpenReplay(always=FAULTS.get(arguments.fault))
    with serve(openreplay, port=arguments.port) as running:
        print(describe(running), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
