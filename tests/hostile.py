"""Texts that strangers' browsers may send to whoever pastes them somewhere."""

from __future__ import annotations

from collections.abc import Sequence

from eventview.session.session import Session
from eventview.wire.v1 import read_answer
from tests.conftest import session_of

TEXTS: Sequence[str] = (
    "a | b | c",
    "ends in a backslash \\",
    "a \\| b \\\\| c |",
    "|",
    "`code` ``more`` ```",
    "```\nfenced\n```",
    "~~~",
    "@somebody and @some/team, #42, GH-7, !3, $5, :tada:, ABC-123",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden --><script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "](javascript:alert(1))",
    "![pixel](https://evil.example/p.png)",
    "https://evil.example/?steal=1 and www.evil.example, me@evil.example",
    "[ref]: https://evil.example",
    "[evil|https://evil.example] {code} {noformat} {color:red}x{color} [~admin] !p.png!",
    "h1. heading",
    "# heading",
    "- item\n- item",
    "***bold*** _italic_ ~~gone~~ ++under++ {{mono}} &lt;b&gt; &amp; &#124;",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    " =1+1",
    "＝1+1",
    "'=1+1",
    '"quoted", with, commas; and ""more""',
    "line\r\nbreak\nand\vmore\f\x85\u2028\u2029",
    "\x1b[31mred\x1b]52;c;ZXZp\x07",
    "\u202eeno ton",
    "x" * 10_000,
    "|" * 10_000,
    "`" * 10_000,
    "日本語 ❤\ufe0f 👨‍👩‍👧 مرحبا",
    "   ",
    "",
)


def hostile() -> Session:
    """Every such text as the label, selector and URL of a click, as a page, a field and a value."""
    entries: list[dict[str, object]] = []
    for text in TEXTS:
        time = 1_731_502_800_000 + len(entries) * 2_000
        entries += [
            {"type": "LOCATION", "timestamp": time, "host": text, "path": text, "query": text,
             "firstContentfulPaintTime": 9_000},
            {"type": "CLICK", "timestamp": time + 500, "label": text, "selector": text,
             "url": text},
            {"type": "INPUT", "timestamp": time + 900, "label": text, "value": f"secret {text}"},
            {"type": text, "timestamp": time + 1_300, "name": text, "message": text},
        ]  # fmt: skip
    return session_of(read_answer(entries).events, "| `@acme` <b> =1+1", "`42`|")
