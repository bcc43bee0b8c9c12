"""Readers of event types and of whole rows, made from the catalogue of fields for each wire.

An absent or null field has its default. A value of the wrong type costs its field and is named in
the event's `problem`; the event and its other fields stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Union

import msgspec

from eventview.progress import track
from eventview.session.events import Event, decode_sent, fields_of, type_of
from eventview.session.text import clean
from eventview.wire.fields import (
    MOST_BITS,
    UNSET,
    LimitedFloat,
    LimitedInt,
    UnreadableError,
    clean_lines,
    read_flag,
    read_frames,
    read_integer,
    read_number,
    read_number_or_digits,
    read_number_or_unset,
    read_optional_string,
    read_string,
    read_time,
)

Converter = Callable[[Any], Any]
Converters = Mapping[str, Converter]
"""The converter of each role; texts may be left out."""

STRICT: Final[Converters] = {
    "input": read_optional_string,
    "number": read_number,
    "status": read_number,
    "time": read_time,
    "flag": read_flag,
    "lines": clean_lines,
}
"""Converters that name a value of the wrong type."""

_COMPOSITE: Final = frozenset({"load", "frames", "position", "range"})
"""Roles of fields that are made of several values."""


class Rest(NamedTuple):
    """Values of a wire that are no field of the catalogue by themselves."""

    names: Sequence[tuple[str, Converter]] = ()
    """The name of each value with its converter."""
    finish: Callable[[dict[str, Any], Sequence[Any]], None] | None = None
    """Function that completes an event's fields by the converted values; None if none has to."""


NO_REST: Final = Rest()


def _finish_error(fields: dict[str, Any], values: Sequence[Any]) -> None:
    [(fields["frames"], fields["payload_problem"])] = values


ERROR_REST: Final = Rest([("payload", read_frames)], _finish_error)


class TypeReader:
    """Reader of one event type on one wire.

    Args:
        event_class: the class of its events.
        wire: the attribute of `FieldInfo` with the names; "" if `rest` has all values.
        converters: the converter of each role.
        rest: values beside the fields of the catalogue.
        event_type: the type of the events; "" for that of their class.
    """

    def __init__(
        self,
        event_class: type[Event],
        wire: str,
        converters: Converters = STRICT,
        rest: Rest = NO_REST,
        event_type: str = "",
    ) -> None:
        self.type, self.event_class = event_type or type_of(event_class), event_class
        named: list[tuple[str, str, Converter]] = []
        others: list[tuple[str, str, Converter]] = []
        for field, info in fields_of(event_class).items():
            names = getattr(info, wire) if wire else ""
            names = info.v1 if names is None else names
            if names and info.role not in _COMPOSITE:
                first, *more = (names,) if isinstance(names, str) else names
                converter = converters.get(info.role, converters.get("text", read_string))
                named.append((field, first, converter))
                others += [(field, name, converter) for name in more]
        self.fields = [field for field, _, _ in named]
        """The fields that the first of `values` are."""
        self.values = [(name, converter) for _, name, converter in (*named, *others)]
        self.values += rest.names
        """The name on the wire of each value to read, with its converter."""
        self.is_simple = rest.finish is None
        """True if the values are the fields."""
        self.alternatives = [(field, len(named) + n) for n, (field, _, _) in enumerate(others)]
        """The fields with several names, and the places of the values of their further names."""
        self.rest_at = len(named) + len(others)
        """The place of the first value of `rest`."""
        self._finish = rest.finish

    def build(
        self,
        fields: dict[str, Any],
        rest: Sequence[Any],
        time_ms: int | None,
        sent: object,
        problem: str = "",
    ) -> Event:
        """Return the event of some fields, which the converted values of `Rest` complete."""
        if self._finish is not None:
            self._finish(fields, rest)
        return self.event_class(self.type, time_ms, sent, problem, **fields)

    def read(
        self, values: Sequence[Any], time_ms: int | None, sent: object, problems: Sequence[str]
    ) -> Event:
        """Return the event of some values as sent; one of the wrong type is named and left out."""
        converted, problems = [], [*problems]
        for (name, convert), value in zip(self.values, values, strict=True):
            try:
                converted.append(convert(value))
            except (UnreadableError, TypeError) as error:
                # A list or an object has no place in the pool of texts, which is a TypeError.
                reason = str(error) if isinstance(error, UnreadableError) else "not a text"
                problems.append(f"{name.removeprefix(ROW)}: {reason}")
                converted.append(convert(UNSET))
        fields = dict(zip(self.fields, converted, strict=False))
        for field, place in self.alternatives:
            if fields[field] is None or fields[field] == "":
                fields[field] = converted[place]
        return self.build(fields, converted[self.rest_at :], time_ms, sent, "; ".join(problems))


ROW: Final = "row."
"""Prefix of names in a row, on a wire whose other names are in an object of the row."""

_TYPES: Final[Mapping[Converter, Any]] = {
    read_string: str | None,
    read_optional_string: str | None,
    read_number: LimitedInt | LimitedFloat | None,
    read_number_or_unset: LimitedInt | LimitedFloat | None,
    read_number_or_digits: LimitedInt | LimitedFloat | str | None,
}
"""Types of the values that a converter takes, for converters that take most."""

_UNCHANGED: Final = (read_number, read_number_or_unset)
"""Converters that change no value of their type; a text has to be cleaned."""


_INTEGERS: Final[dict[int, int]] = {}
"""Integers of events for their next use: many durations of a session are equal."""

_MOST_INTEGERS: Final = 10_000


class WireReader:
    """Reader of all events on one wire.

    Args:
        readers: the reader of each type.
        type_name: the name of the type in a row.
        time_name: the name of the time in a row.
        properties: the name of the object with the fields that have no `ROW` before their names;
            "" if all are in the row.
        custom: reader of events of any name whose row says False under `is_built_in`.
        is_built_in: the name of that field; a wire without it has none of this name.
    """

    def __init__(  # noqa: PLR0913  # a wire has all of these
        self,
        readers: Sequence[TypeReader],
        type_name: str,
        time_name: str,
        *,
        properties: str = "",
        custom: TypeReader | None = None,
        is_built_in: str = "$auto_captured",
    ) -> None:
        self._readers = {reader.type: reader for reader in readers}
        self._type_name, self._time_name, self._properties = type_name, time_name, properties
        self._custom, self._is_built_in = custom, is_built_in
        self._makers = dict(map(self._define_row, readers))
        rows: Any = Union[tuple(self._makers)]  # noqa: UP007  # the types are known only here
        self._decode = msgspec.json.Decoder(rows).decode

    def _is_outer(self, name: str) -> bool:
        return not self._properties or name.startswith(ROW)

    def _define_row(
        self, reader: TypeReader
    ) -> tuple[type[msgspec.Struct], Callable[[Any, int | None, object], Event]]:
        """Return the class that rows of a type are decoded as, and the maker of their events."""
        members: dict[bool, dict[str, tuple[str, Any, Any]]] = {True: {}, False: {}}
        arguments = []
        for number, (name, converter) in enumerate(reader.values):
            is_outer = self._is_outer(name)
            absent = (
                None if converter in _TYPES and converter is not read_number_or_unset else UNSET
            )
            kind = _TYPES.get(converter, object)
            member, _, _ = members[is_outer].setdefault(name, (f"v{number}", kind, absent))
            value = f"row.{member}" if is_outer else f"row.properties.{member}"
            is_kept = converter in _UNCHANGED
            # Values that `finish` takes are not kept as they are.
            shared = f"(shared(v, v) if type(v := {value}) is int else v)"
            code = shared if reader.is_simple else value
            arguments.append(code if is_kept else f"convert[{number}]({value})")
        rename = {member: name for name, (member, _, _) in members[False].items()}
        properties = msgspec.defstruct(
            "Properties", list(members[False].values()), rename=rename, gc=False
        )
        fields: list[Any] = [("time", object, UNSET), *members[True].values()]
        rename = {member: name.removeprefix(ROW) for name, (member, _, _) in members[True].items()}
        rename["time"] = self._time_name
        fields.append(("is_built_in", object, UNSET))
        rename["is_built_in"] = self._is_built_in
        if members[False]:
            fields.insert(0, ("properties", properties))
            rename["properties"] = self._properties
        row_class = msgspec.defstruct(
            reader.type, fields, rename=rename, gc=False,
            tag_field=self._type_name, tag=reader.type,
        )  # fmt: skip
        named = dict(zip(reader.fields, arguments, strict=False))
        for field, place in reader.alternatives:
            named[field] += f" or {arguments[place]}"
        if reader.is_simple:
            own = ", ".join(f"{field}={value}" for field, value in named.items())
            code = f"make(kind, time_ms, sent, {own})"
        else:
            own = ", ".join(f"{field!r}: {value}" for field, value in named.items())
            rest = "".join(f"{value}, " for value in arguments[reader.rest_at :])
            code = f"build({{{own}}}, ({rest}), time_ms, sent)"
        names = {
            "make": reader.event_class,
            "build": reader.build,
            "kind": reader.type,
            "shared": _INTEGERS.setdefault,
            "convert": [converter for _, converter in reader.values],
        }
        # Only numbers and the catalogue's own names are in it, and it takes a third of the time
        # that a loop over the fields does.
        maker = eval(f"lambda row, time_ms, sent: {code}", names)  # noqa: S307  # catalogue names only
        return row_class, maker

    def read_all(self, rows: Sequence[object]) -> list[Event]:
        """Return the event of each row; a row is a slice of JSON or a decoded value."""
        decode, makers, events = self._decode, self._makers, []
        if len(_INTEGERS) > _MOST_INTEGERS:
            _INTEGERS.clear()
        for sent in track(rows, "reading", len(rows), is_part=True):
            # One loop without calls of ours: most of the time of opening a session is spent here.
            if isinstance(sent, msgspec.Raw):
                try:
                    row = decode(sent)
                    time_ms = row.time
                    if type(time_ms) is not int or time_ms.bit_length() > MOST_BITS:
                        time_ms = read_integer(time_ms)
                    if row.is_built_in is not False:
                        events.append(makers[type(row)](row, time_ms, sent))
                        continue
                except (msgspec.MsgspecError, UnicodeDecodeError, UnreadableError):
                    # A type without a class, or a value of the wrong type.
                    pass
            events.append(self._read(decode_sent(sent), sent))
        return events

    def _read(self, row: object, sent: object) -> Event:
        if not isinstance(row, dict):
            return Event("(no type)", None, sent, "not an object")
        name = row.get(self._type_name)
        reader = self._readers.get(name) if isinstance(name, str) else None
        if self._custom is not None and row.get(self._is_built_in) is False:
            reader = self._custom
        time_ms, problems = read_time_of(self._time_name, row.get(self._time_name))
        if reader is None:
            return Event(clean(name) if isinstance(name, str) else "(no type)", time_ms, sent)
        found = row.get(self._properties) if self._properties else {}
        if not isinstance(found, dict):
            if not all(self._is_outer(each) for each, _ in reader.values):
                reason = "not sent" if found is None else "not an object"
                problems = (*problems, f"{self._properties}: {reason}")
            found = {}
        values = [
            row.get(name.removeprefix(ROW), UNSET)
            if self._is_outer(name)
            else found.get(name, UNSET)
            for name, _ in reader.values
        ]
        return reader.read(values, time_ms, sent, problems)


def read_time_of(name: str, value: object) -> tuple[int | None, Sequence[str]]:
    """Return an event's time, None for one that cannot be read, and the problem with it if any."""
    try:
        return read_integer(value), ()
    except UnreadableError as error:
        return None, (f"{name}: {error}",)
