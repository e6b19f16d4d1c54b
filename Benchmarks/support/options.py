"""The options that the benchmarks of the `penchant` program have in common."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from support.processes import MEMORY_LIMIT

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def parser(
    description: str, folder: str, material: str, rounds: str | None = "runs of each side, in turns"
) -> argparse.ArgumentParser:
    """`folder` is where it works, below .build/benchmarks; `material` what it takes of the conformance
    material; `rounds` what is done several times, if anything is."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if rounds:
        parser.add_argument("--rounds", type=int, default=3, help=f"{rounds} (3)")
    parser.add_argument("--output", type=Path, help="where the numbers go as JSON (results.json in the work folder)")
    parser.add_argument("--work", type=Path, default=CHECKOUT / ".build/benchmarks" / folder)
    parser.add_argument(
        "--penchant",
        type=Path,
        default=Path(os.environ.get("PENCHANT", CHECKOUT / ".build/release/penchant")),
        help="the program to measure (PENCHANT, or .build/release/penchant)",
    )
    parser.add_argument(
        "--conformance",
        type=Path,
        default=Path(os.environ.get("PENCHANT_CONFORMANCE", CHECKOUT.parent / "shared/conformance")),
        help=f"folder with {material} (PENCHANT_CONFORMANCE)",
    )
    return parser


def add_computing(parser: argparse.ArgumentParser) -> None:
    """What two programs that are compared compute in."""
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2, help="threads of both sides (2)")


def add_memory_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--memory-limit",
        type=float,
        default=MEMORY_LIMIT / 1e9,
        metavar="GB",
        help="a process that takes more is ended, and did not fit (nine tenths of the machine's)",
    )


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The options, where there is something to measure, and a program to measure if it is to be."""
    options = parser.parse_args()
    if getattr(options, "rounds", 1) < 1:
        parser.error("at least 1 round is needed")
    options.penchant = options.penchant.absolute()
    options.work = options.work.absolute()
    needed = getattr(options, "only", None) != "trl"
    if needed and not os.access(options.penchant, os.X_OK):
        parser.error(f"{options.penchant} is not there: make build, or --penchant")
    return options
