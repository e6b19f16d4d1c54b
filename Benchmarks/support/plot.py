"""Plots with logarithmic axes, as SVG: a grid of panels, each with curves and what they grow as."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 372, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 34, 46
HEADING = 58
COLOURS = ["#1d4ed8", "#c2410c", "#047857"]
STYLE = """
text { font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #374151; font-size: 11px }
.heading { font-size: 17px; font-weight: 600; fill: #111827 }
.title { font-size: 12.5px; font-weight: 600; fill: #111827 }
.grid { stroke: #e5e7eb; stroke-width: 1 }
.frame { fill: none; stroke: #9ca3af; stroke-width: 1 }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round }
.fit { stroke-width: 1.2; stroke-dasharray: 4 4; opacity: 0.7 }
"""


@dataclass
class Curve:
    name: str
    points: list[tuple[float, float]]
    # y = factor · x^exponent, fitted to the points at `fitted`; nothing where there are too few.
    exponent: float | None
    factor: float
    fitted: list[float]


@dataclass
class Panel:
    title: str
    x_label: str
    # How a number on the axis is written.
    x_text: Callable[[float], str]
    y_text: Callable[[float], str]
    curves: list[Curve]


def save(file: Path, heading: str, note: str, columns: int, panels: list[Panel]) -> None:
    rows = -(-len(panels) // columns)
    width, height = columns * WIDTH + 20, HEADING + rows * HEIGHT + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text class="heading" x="20" y="27">{escape(heading)}</text>',
        f'<text x="20" y="46">{escape(note)}</text>',
    ]
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        parts.append(f'<g transform="translate({10 + column * WIDTH} {HEADING + row * HEIGHT})">')
        parts += drawn(panel)
        parts.append("</g>")
    file.write_text("\n".join(parts + ["</svg>"]) + "\n", encoding="utf-8")


def drawn(panel: Panel) -> list[str]:
    curves = [curve for curve in panel.curves if curve.points]
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    frame = f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{across}" height="{up}"/>'
    title = f'<text class="title" x="{LEFT}" y="{TOP - 10}">{escape(panel.title)}</text>'
    if not curves:
        return [title, frame, f'<text x="{LEFT + 12}" y="{TOP + 22}">nothing was measured</text>']
    xs = sorted({x for curve in curves for x, _ in curve.points})
    ys = [y for curve in curves for _, y in curve.points]
    x_range = (math.log10(xs[0]) - 0.06, math.log10(xs[-1]) + 0.06)
    # Room above for the names of the curves, which lie where growing curves are not.
    low, high = math.log10(min(ys)), math.log10(max(ys))
    low -= 0.1 * max(1, high - low)
    y_range = (low, high + max(0.35, (high - low) * (0.08 + 0.1 * len(curves))))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x_range[0]) / (x_range[1] - x_range[0])
        up = (math.log10(y) - y_range[0]) / (y_range[1] - y_range[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [title]
    bottom = HEIGHT - BOTTOM
    # From the right, so that the largest size always has its number.
    free = math.inf
    for x in reversed(xs):
        across, _ = place(x, 10**low)
        parts.append(f'<line class="grid" x1="{across:.1f}" y1="{TOP}" x2="{across:.1f}" y2="{bottom}"/>')
        if across <= free:
            parts.append(f'<text x="{across:.1f}" y="{bottom + 16}" text-anchor="middle">{panel.x_text(x)}</text>')
            free = across - 36
    for y in ticks(*y_range):
        _, up = place(xs[0], y)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{up:.1f}" x2="{WIDTH - RIGHT}" y2="{up:.1f}"/>')
        parts.append(f'<text x="{LEFT - 7}" y="{up + 4:.1f}" text-anchor="end">{panel.y_text(y)}</text>')
    parts.append(frame)
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(panel.x_label)}</text>')

    for number, (curve, colour) in enumerate(zip(curves, COLOURS)):
        line = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in curve.points)
        parts.append(f'<polyline class="curve" stroke="{colour}" points="{line}"/>')
        for x, y in curve.points:
            across, up = place(x, y)
            parts.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}"/>')
        if curve.exponent is not None:
            ends = (place(x, curve.factor * x**curve.exponent) for x in (curve.fitted[0], curve.fitted[-1]))
            line = " ".join(f"{across:.1f},{up:.1f}" for across, up in ends)
            parts.append(f'<polyline class="curve fit" stroke="{colour}" points="{line}"/>')
        name = escape(curve.name)
        if curve.exponent is not None:
            power = f'<tspan dy="-4" font-size="9">{curve.exponent:.2f}</tspan>'
            name += f' <tspan fill="{colour}" font-weight="600">n{power}</tspan>'
        height = TOP + 18 + 16 * number
        parts.append(f'<path class="curve" stroke="{colour}" d="M{LEFT + 10} {height - 4}h18"/>')
        parts.append(f'<text x="{LEFT + 34}" y="{height}">{name}</text>')
    return parts


def ticks(low: float, high: float) -> list[float]:
    """Powers of ten, and 2 and 5 between them where there are few."""
    steps = (1,) if high - low > 3 else (1, 2, 5)
    values = (step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps)
    return [value for value in values if low <= math.log10(value) <= high]


def grouped(number: float) -> str:
    return f"{number:,.0f}"


def short(number: float) -> str:
    """10,000 as 10 k."""
    for unit, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= unit:
            return f"{float(f'{number:.2g}') / unit:g}{letter}"
    return f"{number:.3g}"


def seconds(number: float) -> str:
    return f"{number:g} s" if number >= 1 else f"{number * 1000:g} ms"


def bytes_(number: float) -> str:
    return f"{number / 1e9:g} GB" if number >= 1e9 else f"{number / 1e6:g} MB"
