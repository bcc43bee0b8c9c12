"""Files of sessions of any size: the recorded checkout, over and over, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.server.recordings import RECORDINGS

CHECKOUT: Final = RECORDINGS / "events_b_checkout.json"

SECOND_ROW: Final = "+0:02.057"
"""A text of eventview's second row, whatever the size."""

SESSION_ID: Final = "3045111680204801793"
"""A text in the first row of any other program that shows these events."""


def v1_file(folder: Path, count: int) -> Path:
    """Return an answer of the first API with so many events."""
    return _write(folder / f"{count}.json", _texts(count))


def changed_file(folder: Path, count: int, name: str, step: int, label: str) -> Path:
    """Return the same answer with another label, and its number, on each event of a step."""

    def change(number: int, text: str) -> str:
        if number % step:
            return text
        # One at a time: the memory of whoever starts a command counts as the command's.
        return json.dumps({**json.loads(text), "label": f"{label}{number}"})

    texts = (change(number, text) for number, text in enumerate(_texts(count)))
    return _write(folder / f"{name}-{count}.json", texts)


def lines_file(folder: Path, count: int) -> Path:
    """Return the same events, one a line, as other programs read them."""
    file = folder / f"{count}.ndjson"
    if not file.exists():
        with file.open("w", encoding="utf-8") as out:
            out.writelines(f"{text}\n" for text in _texts(count))
    return file


def _write(file: Path, texts: Iterable[str]) -> Path:
    if not file.exists():
        with file.open("w", encoding="utf-8") as out:
            out.write('{"data": [')
            for number, text in enumerate(texts):
                out.write(f", {text}" if number else text)
            out.write("]}")
    return file


def _texts(count: int) -> Iterator[str]:
    """Yield the JSON of so many events; only numbers and times are written anew."""
    recorded = json.loads(CHECKOUT.read_bytes())["data"]
    times = [event["timestamp"] for event in recorded]
    lasts_ms = max(times) - times[0] + 1000
    pieces = []
    for event in recorded:
        text = json.dumps({**event, "messageId": "#number", "timestamp": "#time"})
        before, _, rest = text.partition('"#number"')
        between, _, after = rest.partition('"#time"')
        pieces.append((before, between, after))
    for number in range(count):
        turn, place = divmod(number, len(recorded))
        before, between, after = pieces[place]
        yield f"{before}{number}{between}{times[place] + lasts_ms * turn}{after}"
