#!/usr/bin/env python3
"""Does transformers read a saved model, and does it compute what we compute?

    python Tools/compare_with_transformers.py MODEL
    python Tools/compare_with_transformers.py MODEL OTHER_MODEL [--tolerance 1e-6]
    python Tools/compare_with_transformers.py MODEL --logits scores.jsonl [--tolerance 1e-4]

Needs torch and transformers. In every form each MODEL must load with no key missing, unexpected or
of another shape.

With OTHER_MODEL the weights of both are compared, and their log-probabilities on a fixed sequence.

With --logits the rows of a file that `penchant score` wrote are computed again: a float32 forward of
one sequence at a time, a float64 log-softmax. A row has, for chosen and for rejected:

    {"prompt_ids": [...], "chosen_ids": [...], "rejected_ids": [...],
     "chosen_logps": [...], "rejected_logps": [...]}

The model reads prompt_ids + chosen_ids (without prompt_ids, chosen_ids is the whole sequence). The
log-probabilities belong to the last tokens of the sequence, one each; null is a token that is not scored.

Prints the largest difference; exits with 1 where it is above the tolerance or a model does not load
cleanly, with 2 where a file cannot be read as described here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils import logging

SIDES = ("chosen", "rejected")


@dataclass
class Difference:
    """The largest difference met so far, and where."""

    value: float = 0.0
    place: str = "nowhere"

    def add(self, value: float, place: str) -> None:
        # A difference that is not a number counts as the largest there is.
        if value != value:
            value = float("inf")
        if value > self.value:
            self.value, self.place = value, place


def bad_input(message: str) -> SystemExit:
    print(message, file=sys.stderr)
    return SystemExit(2)


# ---------------------------------------------------------------- loading


def load(folder: Path, problems: list[str]) -> PreTrainedModel:
    """The model in float32. Keys that do not fit are added to the problems."""
    if not (folder / "config.json").is_file():
        raise bad_input(f"{folder} has no config.json: not a model folder")
    # A key that does not fit must be reported here rather than thrown half-way.
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, ignore_mismatched_sizes=True
    )
    for kind, keys in info.items():
        if keys:
            problems.append(f"{folder}: {kind.replace('_', ' ')}: {keys}")
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{folder}: {type(model).__name__}, {count:,} parameters")
    return model.eval()


# ---------------------------------------------------------------- log-probabilities


@torch.no_grad()
def log_probabilities(model: PreTrainedModel, ids: list[int]) -> torch.Tensor:
    """Entry t is the log-probability of token t + 1 after all tokens up to t."""
    logits = model(torch.tensor([ids])).logits[0, :-1]
    return logits.double().log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None]).squeeze(1)


def scored_sides(file: Path) -> Iterator[tuple[str, list[int], list[float | None]]]:
    """Every sequence of the file: where it stands, its ids, and the log-probabilities of its last tokens."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise bad_input(f"{file}, line {number}: not JSON: {error}") from None
            for side in SIDES:
                place = f"{file}, line {number}, {side}"
                if f"{side}_logps" not in row or f"{side}_ids" not in row:
                    raise bad_input(f"{place}: {side}_ids and {side}_logps are needed; found: {', '.join(row)}")
                ids = row.get("prompt_ids", []) + row[f"{side}_ids"]
                logps = row[f"{side}_logps"]
                # The first token of a sequence has nothing before it.
                if len(logps) >= len(ids) and any(value is not None for value in logps[: len(logps) - len(ids) + 1]):
                    raise bad_input(f"{place}: {len(logps)} log-probabilities for a sequence of {len(ids)} tokens")
                yield place, ids, logps


def compare_scores(model: PreTrainedModel, file: Path) -> Difference:
    largest = Difference()
    largest_sum = Difference()
    sequences = tokens = 0
    for place, ids, logps in scored_sides(file):
        sequences += 1
        if len(ids) < 2:
            continue
        ours = logps[-(len(ids) - 1) :]
        theirs = log_probabilities(model, ids)[len(ids) - 1 - len(ours) :].tolist()
        differences = [a - b for a, b in zip(ours, theirs) if a is not None]
        first = len(ids) - len(ours)
        for index, (a, b) in enumerate(zip(ours, theirs)):
            if a is not None:
                largest.add(abs(a - b), f"{place}, token {first + index} (id {ids[first + index]}): {a} here, {b} there")
        largest_sum.add(abs(sum(differences)), place)
        tokens += len(differences)
    if tokens == 0:
        raise bad_input(f"{file} has no scored token")
    print(f"{sequences} sequences, {tokens} scored tokens")
    print(f"largest difference of a sum: {largest_sum.value:.2e} ({largest_sum.place})")
    return largest


def compare_models(model: PreTrainedModel, other: PreTrainedModel, problems: list[str]) -> Difference:
    ours, theirs = model.state_dict(), other.state_dict()
    largest = Difference()
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours or name not in theirs:
            problems.append(f"{name} is in one of the two models only")
        elif ours[name].shape != theirs[name].shape:
            problems.append(f"{name}: {tuple(ours[name].shape)} and {tuple(theirs[name].shape)}")
        else:
            largest.add((ours[name].double() - theirs[name].double()).abs().max().item(), name)
    if problems:
        return largest
    print(f"largest difference of a weight: {largest.value:.2e} ({largest.place})")
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(model.config.get_text_config().vocab_size, (32,), generator=generator).tolist()
    difference = (log_probabilities(model, ids) - log_probabilities(other, ids)).abs().max().item()
    print(f"largest difference of a log-probability: {difference:.2e}")
    largest.add(difference, "log-probabilities of a fixed sequence")
    return largest


# ---------------------------------------------------------------- all of it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("other", type=Path, nargs="?", metavar="OTHER_MODEL")
    parser.add_argument("--logits", type=Path, metavar="FILE", help="what `penchant score` wrote")
    parser.add_argument("--tolerance", type=float, help="1e-4 with --logits, 0 between two models")
    options = parser.parse_args()
    if options.other and options.logits:
        parser.error("either OTHER_MODEL or --logits")

    logging.disable_progress_bar()
    problems: list[str] = []
    model = load(options.model, problems)
    tolerance = options.tolerance
    largest: Difference | None = None
    if options.logits:
        tolerance = 1e-4 if tolerance is None else tolerance
        largest = compare_scores(model, options.logits)
    elif options.other:
        tolerance = 0.0 if tolerance is None else tolerance
        largest = compare_models(model, load(options.other, problems), problems)
    if largest is not None:
        print(f"largest difference: {largest.value:.2e} ({largest.place}); allowed: {tolerance:.0e}")
        if largest.value > tolerance:
            problems.append("the largest difference is above the tolerance")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
