"""Which tokens of a path are ids, and what the stand-ins of redaction are called."""

from __future__ import annotations

import pytest

from eventview.redaction.patterns import EntityType
from eventview.session.urls import STEMS, is_id, mask_placeholders


@pytest.mark.parametrize(
    "token",
    [
        "7", "4711", "0b51ba58-2a4f-4b0c-9d1f-3a6a1f9b7c11", "507f1f77bcf86cd799439011",
        "DEADBEEFCAFE", "ORD-2024-11-13-000731", "INV-2024-0017", "ORD-778899", "order_1234",
        "ORD-2024", "aaaaaaaaaaaaaaa1", "XyZabcd-QwErTyu-1", "a7f9-kd83hs02-93ks",
        "jacke-2l-rot-12xl", "regnbukse-bekkesus-12345", "id-3", "value-1", "event-2", "VALUE-1",
    ],
)  # fmt: skip
def test_an_id_is_one(token: str) -> None:
    assert is_id(token)


@pytest.mark.parametrize(
    "token",
    [
        "", "jackets", "12b", "utf8", "v2", "step-2", "ab-12-3", "summer-2024", "face", "facade",
        "regnbukse-bekkesus-2l", "skalljakke-varregn-3l", "2l-regnbukse-bekkesus",
        "Winter-Jackets-For-2024", "takibi-kettle-komorebi", "für-große-höhen-2l", "values-1",
        "hüttensocken-edelweiß", "12345.pdf", "a b", "----------------",
    ],
)  # fmt: skip
def test_a_word_or_a_name_of_words_is_none(token: str) -> None:
    assert not is_id(token)


def test_every_kind_of_stand_in_is_known_by_its_stem() -> None:
    assert set(STEMS) == {kind.stem for kind in EntityType}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello user-12, (value-1)-id-2", "Hello *, (*)-*"),
        ("/f%C3%B6r%20value-1", "/f%C3%B6r%20*"),
        ("revalue-1 user- 1", "revalue-1 user- 1"),
        ("nothing", "nothing"),
    ],
)
def test_stand_ins_are_alike(text: str, expected: str) -> None:
    assert mask_placeholders(text) == expected
