#!/usr/bin/env python3
"""Measures how time and memory of `penchant dpo` grow: with sequence length, pairs per step, parameters
and size of the data.

    python Benchmarks/scale.py [AXIS...] [--budget-seconds 600] [--output FILE]

Axes are length, pairs, parameters and data; all of them if none is named. Writes scale.json, scale.md
(tables) and scale.svg (plots) into the work folder, or FILE, and the other two beside it.

The Python needs nothing beside its own library; `penchant` must be built (`make build`).
What is measured, and how, stands in README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data_preparation import grow, model_folder
from support import plot
from support.cases import MODELS
from support.machine import commit, machine, one_line, warn_if_busy
from support.options import add_computing, add_memory_limit, parsed, parser
from support.processes import DidNotFit, Finished, run_process
from support.step_profile import parts

# Of a point, where the budget allows; the first is not timed.
MOST_STEPS = 6
# An exponent is told from few points, and sizes between which a cache is full differ.
TOLERANCE = 0.1
VOCABULARY = 6400
LENGTHS = [128, 256, 512, 1024, 2048, 4096, 8192]
PAIRS = [1, 2, 4, 8, 16, 32, 64, 128]
# Hidden size, intermediate size, layers, heads, key and value heads: 1.0 to 497 M parameters.
SHAPES = [
    (96, 256, 4, 6, 2),
    (192, 512, 6, 6, 2),
    (384, 1024, 8, 6, 2),
    (768, 2048, 10, 12, 4),
    (1024, 2816, 10, 16, 4),
    (1280, 3456, 14, 20, 4),
    (1536, 4096, 20, 24, 4),
]
# The Llama of dpo_against_trl.py: 25.8 M parameters.
USUAL_SHAPE = (512, 1408, 8, 8, 2)
ROWS = [1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000]
TOKENIZER_OF_DATA = "qwen2.5"


@dataclass
class Point:
    """One size, and what it took; or why it was not measured."""

    size: float
    numbers: dict[str, float] = field(default_factory=dict)
    skipped: str | None = None


@dataclass
class Curve:
    """One of the numbers, against the size."""

    key: str
    name: str
    # The power of the size that the work grows with; nothing where it is a sum of several.
    work: float | None
    exponent: float | None = None
    factor: float = 0
    fitted: list[float] = field(default_factory=list)

    def fit(self, points: list[Point]) -> None:
        """Least squares between the logarithms, over the upper half of the sizes."""
        values = self.values(points)
        values = values[min(len(values) // 2, max(0, len(values) - 3)) :]
        if len(values) < 2:
            return
        xs, ys = ([math.log(pair[side]) for pair in values] for side in (0, 1))
        self.exponent, intercept = statistics.linear_regression(xs, ys)
        self.factor, self.fitted = math.exp(intercept), [size for size, _ in values]

    def values(self, points: list[Point]) -> list[tuple[float, float]]:
        return [(point.size, point.numbers[self.key]) for point in points if point.numbers.get(self.key, 0) > 0]

    @property
    def is_faster_than_work(self) -> bool:
        return None not in (self.exponent, self.work) and self.exponent > self.work + TOLERANCE


@dataclass
class Axis:
    title: str
    unit: str
    about: str
    sizes: list
    times: list[Curve]
    memory: list[Curve]
    points: list[Point] = field(default_factory=list)

    @property
    def curves(self) -> list[Curve]:
        return self.times + self.memory


def axes() -> dict[str, Axis]:
    return {
        "length": Axis(
            "sequence length",
            "tokens of a sequence",
            "1 pair a step, 25.8 M parameters",
            LENGTHS,
            # The attention's work is the only one that grows with the square.
            [
                Curve("seconds", "a step", None),
                Curve("attention_seconds", "its attention", 2),
                Curve("other_seconds", "all else of it", 1),
            ],
            [Curve("peak_bytes", "at its highest", 1)],
        ),
        "pairs": Axis(
            "pairs per step",
            "pairs",
            "256 tokens a sequence, 25.8 M parameters",
            PAIRS,
            [Curve("seconds", "a step", 1)],
            [Curve("peak_bytes", "at its highest", 1)],
        ),
        "parameters": Axis(
            "parameters",
            "parameters",
            "2 pairs a step, 256 tokens a sequence",
            SHAPES,
            [Curve("seconds", "a step", 1)],
            [Curve("peak_bytes", "at its highest", 1)],
        ),
        "data": Axis(
            "size of the data",
            "pairs in the file",
            "HH harmless-base, grown",
            ROWS,
            [Curve("seconds", "preparation", 1)],
            [
                Curve("peak_bytes", "at its highest", 1),
                Curve("anonymous_bytes", "of it, no pages of files", 1),
            ],
        ),
    }


# ---------------------------------------------------------------- models and data


def parameter_count(shape: tuple[int, ...]) -> int:
    hidden, intermediate, layers, heads, key_heads = shape
    keys = hidden // heads * key_heads
    layer = 2 * hidden * hidden + 2 * keys * hidden + 3 * intermediate * hidden + 2 * hidden
    return VOCABULARY * hidden + layers * layer + hidden


def write_tokens(path: Path, rows: int, length: int) -> None:
    """Rows of token ids: half a sequence is the prompt, which both sides have, half the answer."""
    draw = random.Random(0)

    def ids(count: int) -> list[int]:
        return [draw.randrange(3, VOCABULARY) for _ in range(count)]

    half = length // 2
    with path.open("w", encoding="utf-8") as file:
        for _ in range(rows):
            row = {"prompt_ids": ids(half), "chosen_ids": ids(half), "rejected_ids": ids(half)}
            file.write(json.dumps(row) + "\n")


# ---------------------------------------------------------------- measuring


@dataclass
class Bench:
    options: argparse.Namespace

    @property
    def work(self) -> Path:
        return self.options.work

    def too_long(self, expected: float) -> str:
        return f"skipped: would take about {expected:.0f} s; {self.options.budget_seconds:g} are allowed"

    def run(self, name: str, *arguments: object) -> Finished:
        return run_process(
            [str(self.options.penchant), *map(str, arguments)],
            self.work / f"{name}.log",
            self.options.threads,
            {"PENCHANT_CACHE": str(self.work / "cache")},
            self.options.memory_limit * 1e9,
        )

    def clear(self) -> None:
        """Removes what earlier runs kept and saved."""
        for name in ("cache", "run"):
            shutil.rmtree(self.work / name, ignore_errors=True)

    def make_model(self, shape: tuple[int, ...]) -> None:
        folder = self.work / "model"
        shutil.rmtree(folder, ignore_errors=True)
        hidden, intermediate, layers, heads, key_heads = shape
        tokenizer, values = MODELS["llama"]
        configuration = values | {
            "architectures": ["LlamaForCausalLM"],
            "hidden_act": "silu",
            "rms_norm_eps": 1e-6,
            "hidden_size": hidden,
            "intermediate_size": intermediate,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": key_heads,
            "max_position_embeddings": max(LENGTHS),
        }
        (self.work / "config.json").write_text(json.dumps(configuration))
        tokenizer = self.options.conformance / "tokenizers" / tokenizer
        self.run("init", "init", "--config", self.work / "config.json", "--tokenizer", tokenizer, "--output", folder)

    def train(self, size: float, pairs: int, length: int, before: Point | None) -> Point:
        """Steps of pairs of one length, as many as the budget allows."""
        steps = MOST_STEPS
        if before:
            growth, longer = size / before.size, length / before.numbers["length"]
            expected = growth * (longer * before.numbers["attention_seconds"] + before.numbers["other_seconds"])
            steps = min(MOST_STEPS, int(self.options.budget_seconds / expected))
            if steps < 2:
                return Point(size, skipped=self.too_long(2 * expected))
        data = self.work / "tokens.jsonl"
        # The same pairs in each step.
        write_tokens(data, pairs, length)
        # fmt: off
        work = [
            "--model", self.work / "model",
            "--data", data,
            "--max-length", "none",
            "--batch-size", pairs,
            "--max-steps", steps,
            # So the attention of all steps but the first is the policy's alone, and all of it is seen.
            "--reference", "cached",
            "--dtype", self.options.dtype,
            "--threads", self.options.threads,
        ]
        # fmt: on
        planned = planned_bytes(self.run("plan", "plan", *work))
        if planned > self.options.memory_limit * 1e9:
            return Point(size, skipped=f"skipped: needs {planned / 1e9:.1f} GB by `penchant plan`")
        finished = self.run("train", "dpo", *work, "--output", self.work / "run", "--profile", "--json")
        rows = [json.loads(line) for _, line in finished.lines]
        seconds = statistics.median([row["time/step_seconds"] for row in rows if "time/step_seconds" in row][1:])
        attention = seconds * parts((self.work / "train.log").read_text())["attention"].share / 100
        return Point(
            size,
            {
                "seconds": seconds,
                "attention_seconds": attention,
                "other_seconds": seconds - attention,
                "peak_bytes": finished.peak_bytes,
                "anonymous_bytes": finished.anonymous_bytes,
                "plan_bytes": planned,
                "steps": steps,
                "length": length,
            },
        )

    def prepare(self, rows: int, before: Point | None) -> Point:
        """Preparation of so many pairs, with nothing kept of them."""
        if before:
            expected = before.numbers["seconds"] * rows / before.size
            if expected > self.options.budget_seconds:
                return Point(rows, skipped=self.too_long(expected))
        source = self.options.conformance / "prefdata/hh-rlhf_harmless-base_test.jsonl.gz"
        data = grow(source, rows, self.work)
        model = model_folder(self.options.conformance, TOKENIZER_OF_DATA, self.work)
        arguments = ["data", "stats", "--json", "--model", model, "--data", data, "--on-bad-row", "skip"]
        finished = self.run("stats", *arguments)
        data.unlink()
        told = re.search(r"^data: prepared in ([\d.e+-]+) s", (self.work / "stats.log").read_text(), re.MULTILINE)
        return Point(
            rows,
            {
                "seconds": float(told[1]),
                "peak_bytes": finished.peak_bytes,
                "anonymous_bytes": finished.anonymous_bytes,
            },
        )


def planned_bytes(finished: Finished) -> float:
    for _, line in finished.lines:
        if found := re.match(r"peak\s+([\d.,]+) MB", line):
            return float(found[1].replace(",", "")) * 1e6
    raise SystemExit("penchant plan printed no peak")


def measure(name: str, axis: Axis, bench: Bench) -> None:
    if name in ("length", "pairs"):
        bench.make_model(USUAL_SHAPE)
    before = None
    for size in axis.sizes:
        bench.clear()
        try:
            if name == "length":
                point = bench.train(size, 1, size, before)
            elif name == "pairs":
                point = bench.train(size, size, 256, before)
            elif name == "parameters":
                bench.make_model(size)
                point = bench.train(parameter_count(size), 2, 256, before)
            else:
                point = bench.prepare(size, before)
        except DidNotFit:
            number = parameter_count(size) if name == "parameters" else size
            point = Point(number, skipped=f"did not fit into {bench.options.memory_limit:.1f} GB")
        axis.points.append(point)
        print(f"{name} {point.size:,}: {point.skipped or told(point)}", flush=True)
        if not point.skipped:
            before = point
    for curve in axis.curves:
        curve.fit(axis.points)


def told(point: Point) -> str:
    return f"{point.numbers['seconds']:.3f} s, {point.numbers['peak_bytes'] / 1e6:.0f} MB"


# ---------------------------------------------------------------- what is written


def tables(axes: dict[str, Axis], results: dict) -> str:
    lines = [
        f"{results['penchant']}, {results['date']}; {measured_on(results)}, load {results['load_before']:.1f} before."
    ]
    for axis in axes.values():
        heads = [axis.unit]
        heads += [f"{curve.name}, s" for curve in axis.times] + [f"{curve.name}, MB" for curve in axis.memory]
        has_plan = any("plan_bytes" in point.numbers for point in axis.points)
        heads += ["by `penchant plan`, MB"] if has_plan else []
        lines += ["", f"**Against {axis.title}** ({axis.about})", "", row(heads), "|" + "---|" * len(heads)]
        for point in axis.points:
            cells = [f"{point.size:,}"]
            if point.skipped:
                cells += [point.skipped] + [""] * (len(heads) - 2)
            else:
                cells += [f"{point.numbers[curve.key]:.3f}" for curve in axis.times]
                cells += [f"{point.numbers[curve.key] / 1e6:,.0f}" for curve in axis.memory]
                cells += [f"{point.numbers['plan_bytes'] / 1e6:,.0f}"] if has_plan else []
            lines.append(row(cells))
    lines += ["", "**Growth** of n, fitted to the upper half of the sizes", ""]
    lines += [row(["against", "what", "from", "grows as", "its work as", ""]), "|---|---|---|---|---|---|"]
    for axis in axes.values():
        for curve in axis.curves:
            if curve.exponent is None:
                continue
            work = "" if curve.work is None else power(curve.work)
            verdict = "faster than its work" if curve.is_faster_than_work else ""
            kind = "time" if curve in axis.times else "memory"
            cells = [axis.title, f"{kind}: {curve.name}", f"{curve.fitted[0]:,}", power(curve.exponent), work, verdict]
            lines.append(row(cells))
    return "\n".join(lines)


def measured_on(results: dict) -> str:
    return f"{results['machine']['cpu']}, {results['threads']} threads, {results['dtype']}"


def power(exponent: float) -> str:
    # The sum makes a 0 of -0.
    return f"n^{round(exponent, 2) + 0.0:.2f}".removesuffix(".00")


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def panels(axes: dict[str, Axis]) -> list[plot.Panel]:
    """Times above, memory below."""

    def panel(axis: Axis, title: str, curves: list[Curve], y_text: Callable[[float], str]) -> plot.Panel:
        x_text = plot.grouped if max(point.size for point in axis.points) < 10_000 else plot.short
        drawn = [
            plot.Curve(curve.name, curve.values(axis.points), curve.exponent, curve.factor, curve.fitted)
            for curve in curves
        ]
        return plot.Panel(f"{title} against {axis.title}", f"{axis.unit} ({axis.about})", x_text, y_text, drawn)

    return [panel(axis, "time", axis.times, plot.seconds) for axis in axes.values()] + [
        panel(axis, "memory", axis.memory, plot.bytes_) for axis in axes.values()
    ]


# ---------------------------------------------------------------- all of it


def parse_options() -> argparse.Namespace:
    known = parser(__doc__, "scale", "the tokenizers and the pairs", rounds=None)
    add_computing(known)
    known.add_argument("axes", nargs="*", metavar="AXIS", help="what grows (all of them)")
    known.add_argument(
        "--budget-seconds", type=float, default=600, help="most seconds that a point may be expected to take (600)"
    )
    add_memory_limit(known)
    options = parsed(known)
    for name in options.axes:
        if name not in axes():
            known.error(f"there is no axis {name}; there are {', '.join(axes())}")
    if not (options.conformance / "tokenizers/minimind").is_dir():
        known.error(f"{options.conformance} has no tokenizers/minimind: set PENCHANT_CONFORMANCE")
    return options


def main() -> int:
    options = parse_options()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    output: Path = options.output or options.work / "scale.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    results: dict = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "load_before": warn_if_busy(),
        "threads": options.threads,
        "dtype": options.dtype,
        "budget_seconds": options.budget_seconds,
        "memory_limit_gb": options.memory_limit,
        "commit": commit(),
        "penchant": f"penchant {one_line([str(options.penchant), '--version']).removeprefix('penchant ')}",
    }
    measured: dict[str, Axis] = {}
    for name, axis in axes().items():
        if options.axes and name not in options.axes:
            continue
        measure(name, axis, Bench(options))
        measured[name] = axis
        # After each axis, so that nothing is lost where a later one fails.
        results["axes"] = {name: asdict(axis) for name, axis in measured.items()}
        output.write_text(json.dumps(results, indent=2) + "\n")
        output.with_suffix(".md").write_text(tables(measured, results) + "\n", encoding="utf-8")
        note = f"{results['penchant']}, {results['date']}; {measured_on(results)}"
        plot.save(output.with_suffix(".svg"), "How training grows", note, len(measured), panels(measured))
    Bench(options).clear()
    shutil.rmtree(options.work / "model", ignore_errors=True)
    print("\n" + tables(measured, results))
    print(f"\nEvery number: {output}; tables and plots beside it")
    return int(any(curve.is_faster_than_work for axis in measured.values() for curve in axis.curves))


if __name__ == "__main__":
    sys.exit(main())
