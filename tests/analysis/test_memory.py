"""The memory of a session's events and of its analysis, beside the bytes of its file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.sessions import lines_file, v1_file
from tests.tables import each_row

NUMBER = 5_000
MOST_OF_EVENT = 215
"""Bytes: 331 while the figures of a load and the position of a click were Python numbers."""
MOST_OF_ANALYSIS = 95
"""Bytes for each event: 111 while the times between events were Python numbers."""

MEASURE = """
import sys
import tracemalloc
from pathlib import Path

from eventview.analysis.analysis import SessionBuilder
from eventview.sources.files import open_file

def read():
    source = open_file(Path(sys.argv[1]))
    builder = SessionBuilder(source.session_ref)
    for batch in source.batches():
        builder.take(batch)
    builder.finish()
    return builder.analysis()

# The first run fills caches.
read().prepare()
tracemalloc.start()
analysis = read()
events, _ = tracemalloc.get_traced_memory()
analysis.prepare()
both, _ = tracemalloc.get_traced_memory()
print(events, both - events)
"""


@each_row("make_file", [v1_file, lines_file])
def test_a_session_takes_little_memory_beside_the_bytes_of_its_file(
    tmp_path: Path, make_file: Callable[[Path, int], Path]
) -> None:
    file = make_file(tmp_path, NUMBER)
    # Alone, because other tests and the measuring of coverage take memory too.
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", MEASURE, str(file)], check=True, capture_output=True, text=True
    )
    events, analysis = map(int, ran.stdout.split())
    assert events - file.stat().st_size < MOST_OF_EVENT * NUMBER
    assert analysis < MOST_OF_ANALYSIS * NUMBER
