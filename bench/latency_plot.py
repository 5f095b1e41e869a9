#!/usr/bin/env python3
"""Latencies by percentile, as SVG: what bench/run draws with --plot, drawn again from its --json.

    bench/latency_plot.py FILE.json > FILE.svg
"""

import html
import json
import math
import pathlib
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 130, 40, 50
LAST = 99.999  # the end of the axis; the longest of all is drawn there, too
TICKS = (0, 50, 90, 99, 99.9, 99.99, LAST)
COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7b4b94")


def curves_of(measured):
    """The title and, by contestant, the points of a bench/run's open loop."""
    told = measured["open"]
    return (f"Open loop, {told['rate']:.0f} starts a second: how long until a saga has ended",
            {name: one["percentiles_ms"] for name, one in told["summary"].items()})


def across(percentile):
    """The nines are at equal distances."""
    nines = -math.log10(1 - min(percentile, LAST) / 100)
    return LEFT + nines / -math.log10(1 - LAST / 100) * (WIDTH - LEFT - RIGHT)


class scale:
    """Logarithmic, from a power of ten to a power of ten."""

    def __init__(self, values):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def down(self, value):
        return TOP + (self.high - math.log10(value)) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def ticks(self):
        return [10.0**power for power in range(self.low, self.high + 1)]


def text(x, y, what, anchor="middle", colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{html.escape(what)}</text>'


def rule(x1, y1, x2, y2):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'


def draw(titled_curves):
    title, curves = titled_curves
    curves = {name: [(percentile, max(ms, 0.001)) for percentile, ms in points] for name, points in curves.items()}
    milliseconds = scale([ms for points in curves.values() for _, ms in points])
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', text(LEFT, 20, title, "start")]
    for percentile in TICKS:
        x = across(percentile)
        parts += [rule(x, TOP, x, HEIGHT - BOTTOM), text(x, HEIGHT - BOTTOM + 18, f"{percentile:g}")]
    for value in milliseconds.ticks():
        y = milliseconds.down(value)
        parts += [rule(LEFT, y, WIDTH - RIGHT, y), text(LEFT - 8, y + 4, f"{value:g}", "end")]
    parts += [text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "percentile"), text(LEFT - 8, TOP - 8, "ms", "end")]
    for colour, (name, points) in zip(COLOURS, curves.items()):
        places = [(across(percentile), milliseconds.down(ms)) for percentile, ms in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts += [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
                  text(places[-1][0] + 8, places[-1][1] + 4, f"{name}: {points[-1][1]:.1f} ms", "start", colour)]
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(draw(curves_of(json.loads(pathlib.Path(sys.argv[1]).read_text()))))
