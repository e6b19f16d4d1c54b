#!/usr/bin/env python3
"""Measures how far two right implementations can agree where IPO's learning rate is too large.

    python Tools/make_golden_overfitting.py WEIGHTS \
        [--output Tests/PreferenceOptimizationTests/Fixtures/overfitting.json]

Needs torch, transformers and numpy. Trains the toy Llama of `penchant experiment overfit` with IPO
over whole answers and SGD at LEARNING_RATE, from its seeded weights and from those in WEIGHTS (a
model folder): once in float64, and in float32 RUNS times, the first from the weights as they are and
the others from weights moved by at most half a unit in the last place. Per curve:

    start, beta   seeded or saved weights; of IPO
    h             float64's margin before updates 0 to STEPS, in nats
    spread        how far float32's runs lie from it, at most
    end           the margin at LAST where all runs agree on it, "diverged" where all have ended in
                  NaN before, null where they do neither
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import torch
import transformers

STEPS, LAST, RUNS, LEARNING_RATE = 12, 100, 6, 1e-3
IDS = torch.tensor([[5, 8, 9, 10, 5, 3, 16, 29, 18, 17], [5, 8, 9, 10, 5, 3, 26, 14, 31, 0]])
CONFIGURATION = transformers.LlamaConfig(
    vocab_size=32,
    hidden_size=256,
    intermediate_size=512,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=4,
    attn_implementation="eager",
)


def seeded(seed: int) -> torch.nn.Module:
    """The weights of SeededWeights.swift."""
    model = transformers.LlamaForCausalLM(CONFIGURATION)
    with torch.no_grad(), np.errstate(over="ignore"):
        for name, weight in model.named_parameters():
            state = 0xCBF29CE484222325
            for byte in name.encode():
                state = ((state ^ byte) * 0x100000001B3) % 2**64
            index = np.arange(1, weight.numel() + 1, dtype=np.uint64)
            z = np.uint64(state ^ seed) + index * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            fraction = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
            numbers = ((2 * fraction - 1) * 0.02 * 3**0.5).astype(np.float32)
            values = torch.tensor(numbers).reshape(weight.shape)
            weight.copy_(torch.ones_like(weight) if "norm" in name else values)
    return model


def log_probabilities(model: torch.nn.Module) -> torch.Tensor:
    logits = model(input_ids=IDS).logits[:, 5:-1]
    return logits.log_softmax(-1).gather(-1, IDS[:, 6:, None]).squeeze(-1).sum(1)


def margins(start: torch.nn.Module, beta: float, dtype: torch.dtype, moved: int = 0) -> list[float]:
    policy = copy.deepcopy(start).to(dtype)
    generator = torch.Generator().manual_seed(moved)
    with torch.no_grad():
        reference = log_probabilities(policy)
        for weight in policy.parameters():
            if moved:
                noise = torch.rand(weight.shape, generator=generator, dtype=torch.float64)
                weight.copy_((weight.double() * (1 + (2 * noise - 1) * 2.0**-24)).to(dtype))
    optimizer = torch.optim.SGD(policy.parameters(), lr=LEARNING_RATE)
    result = []
    for step in range(LAST + 1):
        ratios = log_probabilities(policy) - reference
        margin = ratios[0] - ratios[1]
        result.append(margin.item())
        if step == LAST or not margin.isfinite():
            return result
        optimizer.zero_grad()
        ((margin - 1 / (2 * beta)) ** 2).backward()
        optimizer.step()
    return result


def curve(name: str, start: torch.nn.Module, beta: float) -> dict:
    exact = margins(start, beta, torch.float64)
    rounded = [margins(start, beta, torch.float32, moved) for moved in range(RUNS)]
    steps = range(min(STEPS + 1, *map(len, [exact, *rounded])))
    steps = [step for step in steps if np.isfinite(exact[step])]
    runs = [exact, *rounded]
    end = None
    if all(len(run) <= LAST for run in runs):
        end = "diverged"
    elif all(len(run) > LAST and abs(run[LAST] - exact[LAST]) < 1e-5 for run in runs):
        end = exact[LAST]
    return dict(
        start=name,
        beta=beta,
        h=[exact[step] for step in steps],
        spread=[max(abs(run[step] - exact[step]) for run in rounded) for step in steps],
        end=end,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument(
        "--output",
        type=Path,
        default="Tests/PreferenceOptimizationTests/Fixtures/overfitting.json",
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    saved = transformers.LlamaForCausalLM.from_pretrained(
        arguments.weights, dtype=torch.float32, attn_implementation="eager"
    )
    starts = {"splitmix_seed42": seeded(42), "torch_seed42": saved}
    result = dict(
        versions=dict(torch=torch.__version__, transformers=transformers.__version__),
        learning_rate=LEARNING_RATE,
        last=LAST,
        curves=[curve(name, start, beta) for name, start in starts.items() for beta in (0.1, 0.5)],
    )
    arguments.output.parent.mkdir(exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
