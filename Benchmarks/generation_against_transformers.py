#!/usr/bin/env python3
"""Continues the same prompts with the same model by transformers' generate() and by
`penchant generate`, in turns.

    python Benchmarks/generation_against_transformers.py [--rounds 3] [--dtype float32|bfloat16] [--output FILE]

The Python that runs this must have torch, transformers and what support/prepare.py needs; `penchant`
must be built (`make build`). What is measured, and how, stands in README.md beside this
file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from support.cases import CASES
from support.machine import commit, machine, warn_if_busy
from support.options import add_computing, parsed, parser
from support.processes import run_process

HERE = Path(__file__).resolve().parent
PROMPTS = 16
NEW_TOKENS = 128
BATCH_SIZES = [1, 8]
# Greedy choices that two forms of rounding make otherwise; behind the first one a text is another.
SAME_TOKENS = {"float32": 0.98, "bfloat16": 0.3}

# A process of its own, so that nothing of an earlier measurement helps. Of a batch, prompts are padded
# on the left, as generate() needs them.
TRANSFORMERS = """
import json, sys, time
import torch, transformers
settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
model = transformers.AutoModelForCausalLM.from_pretrained(
    settings["model"], dtype=getattr(torch, settings["dtype"])).eval()
tokenizer = transformers.AutoTokenizer.from_pretrained(settings["model"], padding_side="left")
rows = [json.loads(line)["prompt"] for line in open(settings["prompts"], encoding="utf-8")]
size = settings["batch_size"]
def complete(texts, count):
    batch = tokenizer(texts, return_tensors="pt", padding=True, return_token_type_ids=False)
    with torch.inference_mode():
        result = model.generate(**batch, do_sample=False, max_new_tokens=count, eos_token_id=None)
    return result[:, batch["input_ids"].shape[1]:].tolist()
complete(rows[:1], 4)
start = time.perf_counter()
tokens = [ids for first in range(0, len(rows), size)
          for ids in complete(rows[first:first + size], settings["new_tokens"])]
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "tokens": tokens, "attention": model.config._attn_implementation}))
"""


def prepare(options: argparse.Namespace, work: Path) -> dict:
    """The model of dpo_against_trl.py, and its rows' prompts."""
    command = [sys.executable, str(HERE / "support/prepare.py"), str(options.conformance.absolute()), str(work)]
    steps = PROMPTS // CASES["base"].prompts_per_step
    run_process(command + ["base", str(steps)], work / "prepare.log", options.threads)
    # Without an end both sides give every prompt the same number of tokens.
    for name in ("generation_config.json", "config.json"):
        file = work / "model" / name
        if file.exists():
            file.write_text(json.dumps(json.loads(file.read_text()) | {"eos_token_id": None}))
    rows = [json.loads(line) for line in (work / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    with (work / "prompts.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            # Prompts of different lengths: a human's words up to the first answer.
            file.write(json.dumps({"prompt": row["chosen"].split("\n\nAssistant:")[0] + "\n\nAssistant:"}) + "\n")
    return json.loads((work / "prepared.json").read_text())


def environment(options: argparse.Namespace) -> dict[str, str]:
    threads = str(options.threads)
    return os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"}


def run(command: list[str], options: argparse.Namespace) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, text=True, env=environment(options), cwd=options.work)
    if done.returncode != 0:
        raise SystemExit(f"failed with {done.returncode}: {' '.join(command[:3])}\n{done.stderr[-2000:]}")
    return done


def run_transformers(options: argparse.Namespace, batch_size: int) -> dict:
    settings = {
        "model": str(options.work / "model"),
        "prompts": str(options.work / "prompts.jsonl"),
        "threads": options.threads,
        "dtype": options.dtype,
        "batch_size": batch_size,
        "new_tokens": NEW_TOKENS,
    }
    result = json.loads(run([sys.executable, "-c", TRANSFORMERS, json.dumps(settings)], options).stdout)
    count = sum(map(len, result["tokens"]))
    return {"tokens_per_second": count / result["seconds"], "tokens": result["tokens"]}


def run_penchant(options: argparse.Namespace, batch_size: int) -> dict:
    # fmt: off
    done = run([
        str(options.penchant), "generate",
        "--model", str(options.work / "model"),
        "--prompts", str(options.work / "prompts.jsonl"),
        "--temperature", "0",
        "--max-new-tokens", str(NEW_TOKENS),
        "--batch-size", str(batch_size),
        "--dtype", options.dtype,
        "--threads", str(options.threads),
    ], options)
    # fmt: on
    rate = re.search(r"([\d.,e+]+) tokens/s", done.stderr)
    if rate is None:
        raise SystemExit(f"penchant does not say how fast it was: {done.stderr}")
    tokens = [json.loads(line)["tokens"] for line in done.stdout.split("\n") if line]
    return {"tokens_per_second": float(rate[1].replace(",", "")), "tokens": tokens}


def same_share(a: list[list[int]], b: list[list[int]]) -> float:
    """The share of tokens before the first that differs."""
    same = sum(next((i for i, (x, y) in enumerate(zip(p, q)) if x != y), len(p)) for p, q in zip(a, b))
    return same / sum(map(len, a)) if [len(p) for p in a] == [len(q) for q in b] else 0.0


def parse_options() -> argparse.Namespace:
    options = parser(__doc__, "generation-against-transformers", "the tokenizer and the prompts")
    add_computing(options)
    return parsed(options)


def main() -> int:
    options = parse_options()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    prepared = prepare(options, options.work)
    busy = warn_if_busy()

    sides = {"transformers": run_transformers, "penchant": run_penchant}
    rates: dict[int, dict[str, list[float]]] = {size: {side: [] for side in sides} for size in BATCH_SIZES}
    shares: list[float] = []
    for round_number in range(1, options.rounds + 1):
        for size in BATCH_SIZES:
            results = {side: start(options, size) for side, start in sides.items()}
            for side, result in results.items():
                rates[size][side].append(result["tokens_per_second"])
            shares.append(same_share(results["transformers"]["tokens"], results["penchant"]["tokens"]))
            print(
                f"round {round_number}, batch {size}: "
                + ", ".join(f"{side} {result['tokens_per_second']:.1f} tokens/s" for side, result in results.items())
                + f", {shares[-1]:.1%} of the tokens the same",
                flush=True,
            )

    print(f"\n{PROMPTS} prompts, {NEW_TOKENS} new tokens each, greedy, {options.dtype}, {options.threads} threads")
    summary = {}
    for size, by_side in rates.items():
        medians = {side: statistics.median(values) for side, values in by_side.items()}
        summary[size] = medians | {"times_as_fast": medians["penchant"] / medians["transformers"]}
        print(
            f"batch {size}: transformers {medians['transformers']:.1f} tokens/s, penchant {medians['penchant']:.1f}: "
            f"{summary[size]['times_as_fast']:.2f} times as fast"
        )
    output: Path = options.output or options.work / "results.json"
    output.write_text(
        json.dumps(
            {
                "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "machine": machine(),
                "load_before": busy,
                "threads": options.threads,
                "dtype": options.dtype,
                "prompts": PROMPTS,
                "new_tokens": NEW_TOKENS,
                "commit": commit(),
                "libraries": prepared["versions"],
                "model": prepared["model"],
                "tokens_per_second": rates,
                "summary": summary,
                "same_tokens": shares,
            },
            indent=2,
        )
        + "\n"
    )
    print(f"Every number: {output}")
    if min(shares) < SAME_TOKENS[options.dtype]:
        print("The two do not choose the same tokens.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
