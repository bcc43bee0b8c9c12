"""Serve a loopback OpenReplay by hand: `python -m tests.server`, from the root of the repository.

Imports the standard library and this package only.
"""

import argparse
import json
import signal
import threading
import time
from typing import Final

from tests.server import faults
from tests.server.deployments import FOLDERS, RECORDED_SESSIONS, deployment
from tests.server.invented_sessions import many_events
from tests.server.openreplay import (
    DENSE_SESSION_ID,
    DOUBLED_SESSION_ID,
    MANY_SESSION_ID,
    PROJECT_KEY,
    RELEASES,
    RICH_SESSION_ID,
    SESSION_IDS,
    STAMPED_SESSION_ID,
    OpenReplay,
    Running,
    serve,
)

FAULTS: Final[dict[str, faults.Fault]] = {
    "error": faults.Status(500),
    "bad-gateway": faults.Status(502, b"<html>502 Bad Gateway</html>", "text/html"),
    "rate-limit": faults.Status(429, b"", headers=(("retry-after", "2"),)),
    "redirect": faults.Redirect("https://login.example/"),
    "html": faults.HtmlPage(),
    "basic-login": faults.BASIC_LOGIN,
    "proxy-login": faults.PROXY_LOGIN,
    "login-page": faults.LOGIN_PAGE,
    "login-redirect": faults.LOGIN_REDIRECT,
    "not-json": faults.NotJson(),
    "gzip-bomb": faults.GzipBomb(500),
    "cut-off": faults.CutOff(1000),
    "hang": faults.Hang(600),
    "stall": faults.Stall(),
    "drip": faults.Drip(),
}


def describe(running: Running) -> str:
    """Return the lines to print about a server, for trying eventview against it."""
    openreplay = running.openreplay
    stored = () if openreplay.release == "1.21" else openreplay.v2_sessions
    known = {name: id_ for name, id_ in _NAMES.items() if id_ in stored}
    if openreplay.sessions:
        known = SESSION_IDS | known
    if MANY_SESSION_ID in openreplay.sessions:
        known["many"] = MANY_SESSION_ID
    tried = next(known[name] for name in ("many", "checkout", "shop") if name in known)
    project = openreplay.session_projects.get(tried, PROJECT_KEY)
    sessions = "\n".join(f"           {id_}  {name}" for name, id_ in known.items())
    return (
        f"release    {openreplay.release}\n"
        f"server     {running.url}\n"
        f"key        {openreplay.api_key}\n"
        f"project    {project}\n"
        f"sessions\n{sessions}\n"
        "try\n"
        f"           OPENREPLAY_URL={running.url} OPENREPLAY_API_KEY={openreplay.api_key} \\\n"
        f"               eventview {project} {tried}\n"
        "ctrl+c stops it"
    )


_NAMES: Final = {
    "rich": RICH_SESSION_ID,
    "stamped": STAMPED_SESSION_ID,
    "dense": DENSE_SESSION_ID,
    "doubled": DOUBLED_SESSION_ID,
    **RECORDED_SESSIONS,
}


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.server")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    always = parser.add_mutually_exclusive_group()
    always.add_argument("--fault", choices=FAULTS, help="what happens to every request")
    always.add_argument(
        "--rate", type=int, metavar="BYTES", help="of an answer's body that come in a second"
    )
    parser.add_argument("--release", choices=RELEASES, default="1.21", help="default: 1.21")
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="only what a real server was recorded with; from 1.25 on",
    )
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="of answers")
    parser.add_argument(
        "--pause",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="of the list of projects of 1.25, after each answer; default: 20",
    )
    parser.add_argument(
        "--log",
        action="store_true",
        help="print each request and answer: seconds of the machine's clock, requests in flight",
    )
    parser.add_argument("--events", type=int, metavar="N", help="add a session of so many events")
    arguments = parser.parse_args()
    # A handler of its own: started in the background by a shell, SIGINT would be ignored.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    openreplay = (
        deployment(arguments.release)
        if arguments.recorded and arguments.release in FOLDERS
        else OpenReplay(release=arguments.release)
    )
    openreplay.delay_seconds = arguments.delay
    openreplay.projects_pause_seconds = arguments.pause
    openreplay.always = (
        FAULTS.get(arguments.fault) if arguments.rate is None else faults.Rate(arguments.rate)
    )
    if arguments.log:
        openreplay.on_exchange = lambda name, in_flight: print(
            f"{name} {time.monotonic():.6f} {in_flight}", flush=True
        )
    if arguments.events is not None:
        body = json.dumps({"data": many_events(arguments.events)}).encode()
        openreplay.sessions[MANY_SESSION_ID] = body
    with serve(openreplay, port=arguments.port) as running:
        print(describe(running), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
