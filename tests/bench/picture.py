"""A picture of cost against size: small charts with logarithmic axes, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final, NamedTuple

_COLOURS: Final = ("#2f7fd8", "#d9730d", "#2e9e5b", "#b04fc4", "#c23b4e", "#8a8f98")
"""Readable on white and on black alike."""

_WIDTH, _HEIGHT, _COLUMNS = 420, 300, 2
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 86, 34, 40


class Chart(NamedTuple):
    """Lines in one pair of axes."""

    title: str
    unit: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    """By name: numbers of events, and costs in the unit."""


def draw(charts: Sequence[Chart]) -> str:
    """Return the charts as one SVG document."""
    charts = [chart for chart in charts if any(chart.lines.values())]
    width, height = _WIDTH * _COLUMNS, _HEIGHT * ceil(len(charts) / _COLUMNS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
        "<style>text{fill:#444}.grid{stroke:#8886;stroke-width:.5}"
        "@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>",
    ]
    for number, chart in enumerate(charts):
        x, y = number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *_chart(chart), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _chart(chart: Chart) -> Sequence[str]:
    points = [point for line in chart.lines.values() for point in line]
    x_from, x_to = _decades([x for x, _ in points])
    y_from, y_to = _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - x_from) / (x_to - x_from) * (_WIDTH - _LEFT - _RIGHT)
        up = (log10(y) - y_from) / (y_to - y_from) * (_HEIGHT - _TOP - _BOTTOM)
        return round(_LEFT + across, 1), round(_HEIGHT - _BOTTOM - up, 1)

    title = escape(f"{chart.title}, {chart.unit}")
    parts = [f'<text x="{_LEFT}" y="18" font-size="13" font-weight="bold">{title}</text>']
    for decade in range(x_from, x_to + 1):
        x, y = place(10**decade, 10**y_from)
        parts.append(f'<line class="grid" x1="{x}" y1="{y}" x2="{x}" y2="{_TOP}"/>')
        parts.append(f'<text x="{x}" y="{y + 16}" text-anchor="middle">{10**decade:,}</text>')
    for decade in range(y_from, y_to + 1):
        x, y = place(10**x_from, 10**decade)
        parts.append(f'<line class="grid" x1="{x}" y1="{y}" x2="{_WIDTH - _RIGHT}" y2="{y}"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{10**decade:g}</text>')
    taken: list[float] = []
    for colour, (name, line) in zip(_COLOURS, chart.lines.items(), strict=False):
        places = [place(*point) for point in line]
        if not places:
            continue
        path = " ".join(f"{x},{y}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        while any(abs(y - other) < 12 for other in taken):
            y += 12
        taken.append(y)
        label = f'<text x="{x + 6}" y="{y + 4}" style="fill:{colour}">{escape(name)}</text>'
        parts.append(label)
    return parts


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around some values."""
    least, most = floor(log10(min(values))), ceil(log10(max(values)))
    return least, max(most, least + 1)
