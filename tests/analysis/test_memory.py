"""The memory of a session's events and of its analysis, beside the bytes of its file."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.sources.files import open_file
from tests.bench.sessions import lines_file, v1_file
from tests.tables import each_row

NUMBER = 5_000
MOST_OF_EVENT = 215
"""Bytes: 331 while the figures of a load and the position of a click were Python numbers."""
MOST_OF_ANALYSIS = 95
"""Bytes for each event: 111 while the times between events were Python numbers."""


def read(file: Path) -> Analysis:
    source = open_file(file)
    builder = SessionBuilder(source.session_ref)
    for batch in source.batches():
        builder.take(batch)
    builder.finish()
    return builder.analysis()


@each_row("make_file", [v1_file, lines_file])
def test_a_session_takes_little_memory_beside_the_bytes_of_its_file(
    tmp_path: Path, make_file: Callable[[Path, int], Path]
) -> None:
    file = make_file(tmp_path, NUMBER)
    # The first run fills caches.
    read(file).prepare()
    tracemalloc.start()
    analysis = read(file)
    events, _ = tracemalloc.get_traced_memory()
    analysis.prepare()
    both, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert events - file.stat().st_size < MOST_OF_EVENT * NUMBER
    assert both - events < MOST_OF_ANALYSIS * NUMBER
