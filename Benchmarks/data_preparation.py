#!/usr/bin/env python3
"""Measures how long `penchant` takes to prepare many pairs, and how much memory.

    python Benchmarks/data_preparation.py [--pairs 61000] [--tokenizer qwen2.5] [--keep] [--output FILE]

`penchant` must be built (`make build`). What is measured, and how, stands in README.md
beside this file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
# Pairs whose words are changed one by one, which takes Python a while.
DISTINCT = 61_000
WORK = CHECKOUT / ".build" / "benchmarks" / "data-preparation"


def conformance() -> Path:
    folder = Path(os.environ.get("PENCHANT_CONFORMANCE", CHECKOUT.parent / "shared" / "conformance"))
    if not folder.is_dir():
        sys.exit("the conformance material is not there: set PENCHANT_CONFORMANCE")
    return folder


def grow(source: Path, pairs: int, folder: Path) -> Path:
    """Writes so many pairs that are all different: the usable rows of HH again and again, from the
    second time on with a number in each turn and some words made unlike any other."""
    path = folder / f"pairs-{pairs}.jsonl"
    if path.exists():
        return path
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [row for row in rows
            if not any(row[side].rstrip().endswith("Assistant:") for side in ("chosen", "rejected"))]
    random.seed(0)
    lines: list[str] = []
    partial = path.with_suffix(".partial")
    with open(partial, "w", encoding="utf-8") as file:
        for number in range(pairs):
            turn, row = divmod(number, len(rows))
            if number < DISTINCT:
                seed = random.random()
                lines.append(json.dumps({side: changed(rows[row][side], turn, number, seed)
                                         for side in ("chosen", "rejected")}, ensure_ascii=False))
                file.write(lines[-1] + "\n")
            else:
                # Beyond that a number in each turn is enough.
                turn, row = divmod(number, DISTINCT)
                file.write(lines[row].replace("Human:", f"Human: {turn}.") + "\n")
    partial.rename(path)
    return path


def changed(text: str, turn: int, number: int, seed: float) -> str:
    if turn == 0:
        return text
    # Both sides are changed alike as far as they are alike, so that they share their prompt.
    draw = random.Random(seed)

    def word(match: re.Match) -> str:
        letters = match.group()
        if draw.random() > 0.1:
            return letters
        place = draw.randrange(len(letters))
        return letters[:place] + draw.choice("abcdefghijklmnopqrstuvwxyz") + letters[place + 1:]

    text = re.sub(r"(?<![A-Za-z])[a-z]{4,}", word, text)
    return text.replace("\n\nHuman:", f"\n\nHuman: ({number})")


def model_folder(material: Path, tokenizer: str, work: Path) -> Path:
    """A folder with a real tokenizer and the configuration of a small Llama: weights are not read."""
    folder = work / f"model-{tokenizer}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in (material / "tokenizers" / tokenizer).iterdir():
        if file.suffix in (".json", ".txt", ".jinja"):
            shutil.copyfile(file, folder / file.name)
    configuration = json.loads((material / "models" / "stories260K" / "config.json").read_text())
    configuration["vocab_size"] = 200_000
    (folder / "config.json").write_text(json.dumps(configuration))
    shutil.copyfile(material / "models" / "stories260K" / "model.safetensors",
                    folder / "model.safetensors")
    return folder


def run(penchant: Path, arguments: list[str], cache: Path, threads: int | None) -> dict:
    """Runs a command; user and wall seconds, and the resident memory at its highest in MB."""
    environment = os.environ | {"PENCHANT_CACHE": str(cache)}
    command = [str(penchant)] + arguments
    if threads is not None:
        command = ["taskset", "-c", ",".join(map(str, range(threads)))] + command
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    output, errors = process.communicate()
    _, status, usage = 0, process.returncode, resource.getrusage(resource.RUSAGE_CHILDREN)
    if status != 0:
        sys.exit(errors)
    data = next(line for line in errors.splitlines() if line.startswith("data: "))
    return {"data": data.split(", kept")[0].split(" from /")[0], "wall": time.perf_counter() - start,
            "user": usage.ru_utime, "system": usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024,
            "pairs": json.loads(output)["pairs"]}


def measured(penchant: Path, arguments: list[str], cache: Path, threads: int | None) -> dict:
    # In a process of its own, for the counts of children are of all of them together.
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            json.dump(run(penchant, arguments, cache, threads), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=61_000)
    parser.add_argument("--tokenizer", default="qwen2.5")
    parser.add_argument("--threads", type=int, help="cores that may be used")
    parser.add_argument("--keep", action="store_true", help="keep the grown file for another time")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    material = conformance()
    penchant = CHECKOUT / ".build" / "release" / "penchant"
    if not penchant.exists():
        sys.exit("penchant is not built: make build")
    WORK.mkdir(parents=True, exist_ok=True)
    model = model_folder(material, options.tokenizer, WORK)
    data = grow(material / "prefdata" / "hh-rlhf_harmless-base_test.jsonl.gz", options.pairs, WORK)
    cache = WORK / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    arguments = ["data", "stats", "--json", "--model", str(model), "--data", str(data),
                 "--on-bad-row", "skip"]
    result = {"pairs_given": options.pairs, "tokenizer": options.tokenizer,
              "data_mb": data.stat().st_size / 1e6, "runs": []}
    for _ in range(2):
        result["runs"].append(measured(penchant, arguments, cache, options.threads))
    result["kept_mb"] = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) / 1e6
    shutil.rmtree(cache, ignore_errors=True)
    if not options.keep:
        data.unlink()
    text = json.dumps(result, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
