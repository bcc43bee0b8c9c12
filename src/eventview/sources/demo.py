"""The bundled session of `eventview --demo`: invented, in the form of a server's answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files

from eventview.errors import NotFoundError
from eventview.session.source import Batch, Origin, Replay, Say, nobody, whole
from eventview.sources.json_reader import read_json
from eventview.sources.recorder import Keeper
from eventview.wire.v1 import reading_of


class Demo:
    """A customer of an outdoor shop whose checkout breaks.

    Args:
        keeper: is given the session as it is bundled.
        command: the words of a command line that name it.
    """

    origin = Origin(name="demo", place="the bundled session")

    def __init__(
        self, keeper: Keeper | None = None, command: Sequence[str] = ("eventview", "--demo")
    ) -> None:
        self._keeper, self.command = keeper or Keeper(), command

    def replay(self, say: Say = nobody) -> Replay:  # noqa: ARG002  # no waiting
        """Nowhere.

        Raises:
            NotFoundError: always.
        """
        raise NotFoundError("The bundled session cannot be watched: it is invented.")

    def batches(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """Read the bundled session; see `eventview.session.source.Source`."""
        body = files(__package__).joinpath("demo.json").read_bytes()
        self._keeper.begin()
        self._keeper.take(body)
        yield from whole(
            reading_of(read_json(body)), if_none=NotFoundError("The demo holds no events.")
        )

    def rest(self, say: Say = nobody) -> Iterator[Batch]:  # noqa: ARG002  # no waiting
        """The whole session: it never changes."""
        return self.batches()
