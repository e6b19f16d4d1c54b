#!/usr/bin/env python3
"""How fast the matrix products of a step of dpo_against_trl.py run alone, on libtorch, at their real shapes.

    python Benchmarks/matrix_products.py [--dtype float32|bfloat16] [--rows N] [--entries N] [--threads N] [--rounds N]

It is the floor under a step: what else a step does comes on top. What is printed stands in README.md.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

HIDDEN, INTERMEDIATE, LAYERS, KEYS, VOCABULARY = 512, 1408, 8, 128, 6400
PARAMETERS = (
    VOCABULARY * HIDDEN
    + LAYERS * (2 * HIDDEN * HIDDEN + 2 * KEYS * HIDDEN + 3 * INTERMEDIATE * HIDDEN + 2 * HIDDEN)
    + HIDDEN
)


def products(rows: int, entries: int) -> list[tuple[int, int, int, int]]:
    """Rows, inputs, outputs and how often, of all products of one forward; the last layer's output and
    feed-forward block and the head are for the scored rows alone."""
    below = LAYERS - 1
    return [
        (rows, HIDDEN, HIDDEN, LAYERS),
        (rows, HIDDEN, KEYS, 2 * LAYERS),
        (rows, HIDDEN, HIDDEN, below),
        (rows, HIDDEN, INTERMEDIATE, 2 * below),
        (rows, INTERMEDIATE, HIDDEN, below),
        (entries, HIDDEN, HIDDEN, 1),
        (entries, HIDDEN, INTERMEDIATE, 2),
        (entries, INTERMEDIATE, HIDDEN, 1),
        (entries, HIDDEN, VOCABULARY, 1),
    ]


def seconds(rows: int, inputs: int, outputs: int, is_head: bool, dtype: torch.dtype, rounds: int) -> float:
    """Of policy and reference forward, and the backward: two products, and the head's logits once more."""
    x = torch.randn(rows, inputs).to(dtype)
    weight = torch.randn(outputs, inputs).to(dtype)
    gradient = torch.randn(rows, outputs).to(dtype)

    def median(product) -> float:
        product()
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            product()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    forward = median(lambda: torch.nn.functional.linear(x, weight))
    backward = median(lambda: gradient @ weight) + median(lambda: gradient.t() @ x)
    return (3 if is_head else 2) * forward + backward


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--rows", type=int, default=1650, help="rows of the model in a step (1650)")
    parser.add_argument("--entries", type=int, default=800, help="scored rows of a step (800)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7, help="how often each product is timed (7)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dtype = getattr(torch, options.dtype)

    total = operations = 0.0
    for rows, inputs, outputs, count in products(options.rows, options.entries):
        is_head = outputs == VOCABULARY
        total += count * seconds(rows, inputs, outputs, is_head, dtype, options.rounds)
        operations += count * (5 if is_head else 4) * 2.0 * rows * inputs * outputs
    rate = operations / total
    print(f"{options.dtype}, {options.threads} threads, {options.rows} rows, {options.entries} of them scored")
    print(f"{operations / 1e9:.0f} GFLOP in {total:.3f} s: {rate / 1e9:.0f} GFLOP/s")
    print(f"8 x {PARAMETERS / 1e6:.1f} M parameters x rows at that rate: {8 * PARAMETERS * options.rows / rate:.3f} s")


if __name__ == "__main__":
    main()
