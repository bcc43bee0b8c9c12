"""The bundled session of `eventview --demo`: invented, in the form of a server's answer.

May import `eventview.model` and the wire formats of `sources.openreplay`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from eventview.errors import NotFoundError
from eventview.model.source import Batch, Origin, Say, nobody
from eventview.sources.batches import whole
from eventview.sources.body import read_json
from eventview.sources.openreplay.v1 import reading_of


class Demo:
    """A customer of an outdoor shop whose checkout breaks."""

    origin = Origin(name="demo", place="the bundled session")

    def batches(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Read the bundled session; see `eventview.model.source.Source`."""
        body = files(__package__).joinpath("demo.json").read_bytes()
        yield from whole(
            reading_of(read_json(body)), if_none=NotFoundError("The demo holds no events.")
        )

    def rest(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """The whole session: it never changes."""
        return self.batches()
