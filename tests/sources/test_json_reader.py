"""Bytes to JSON, by the standard library's reader and by the fast one for large bodies."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import InvalidDataError
from eventview.sources import json_reader
from eventview.sources.json_reader import read_json
from tests.tables import each_row

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**15, 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)
"""Any JSON value; also used by `test_v1`."""


@pytest.fixture(params=["small", "large"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test here runs for a body below and above the size where the readers change."""
    size: str = request.param
    if size == "large":
        monkeypatch.setattr(json_reader, "LARGE", 0)
    return size


@each_row(
    ("sent", "value"),
    [
        (b'{"id":9007199254740993}', {"id": 2**53 + 1}),
        (b"[18446744073709551616, -9223372036854775809]", [2**64, -(2**63) - 1]),
        (b"1" * 4300, int("1" * 4300)),
        (b"[1e-07, 12.50, 100, -0.0]", [1e-07, 12.5, 100, -0.0]),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        ('{"label":"Größe"}'.encode("utf-16"), {"label": "Größe"}),
        ('{"label":"Größe"}'.encode("utf-16-le"), {"label": "Größe"}),
        ('{"label":"Größe"}'.encode("utf-32-be"), {"label": "Größe"}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"half \\ud83d a pair"', "half \ud83d a pair"),
        (b'"\\u0000\\u001b"', "\0\x1b"),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b" \r\n[]\t", []),
    ],
)
def test_json_is_read_to_the_last_digit_and_letter(sent: bytes, value: object) -> None:
    read = read_json(sent)
    assert read == value
    assert repr(read) == repr(value)  # 100 stays an int, -0.0 keeps its sign


def test_deep_nesting_is_read() -> None:
    value, depth = read_json(b"[" * 200 + b"]" * 200), 0
    while isinstance(value, list):
        value, depth = next(iter(value), None), depth + 1
    assert depth == 200


@each_row(
    ("sent", "reason"),
    [
        (b"", "It is empty"),
        (b" " * 100, "It is empty"),
        (b'{"data":[{"type":"CLICK",', "Line 1, column 26"),
        (b'{"data":\n[}', "Line 2, column 2"),
        (b"[] []", "column 4"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5000, "too many digits"),
        (b'{"x":NaN}', "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b'"\xff"', "Byte 1 is not UTF-8"),
        (b"<html></html>", "Line 1, column 1"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(sent: bytes, reason: str) -> None:
    with pytest.raises(InvalidDataError, match="not JSON") as caught:
        read_json(sent)
    assert reason in caught.value.reason
    assert str(caught.value).isprintable()


@given(value=JSON)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_any_value_written_as_json_is_read_back(value: object, *, ascii_only: bool) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert read_json(sent) == value


def test_both_readers_agree_on_a_number_beyond_floats() -> None:
    assert read_json(b"[1e999]") == [math.inf]


@given(sent=st.binary() | st.text(alphabet='[]{}",:0123456789.eE-\\u ').map(str.encode))
def test_any_bytes_are_read_or_refused(sent: bytes) -> None:
    try:
        read_json(sent)
    except InvalidDataError as error:
        assert str(error).isprintable()  # noqa: PT017  # whether it raises is not the point


def test_more_values_than_a_session_has_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_reader, "MOST_VALUES", 2_999_999)
    for value in (b"{}", b"[[[[]]]]", b'""'):
        with pytest.raises(InvalidDataError, match="too large"):
            read_json(b"[" + value + (b"," + value) * 3_000_000 + b"]")
