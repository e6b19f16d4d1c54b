#!/usr/bin/env python3
"""Measures how long a model of about 1 GB takes to be ready, and what loading, saving and converting
it hold in memory.

    python Benchmarks/loading.py [--rounds 3] [--output FILE]

`penchant` must be built (`make build`). What is measured, and how, stands in README.md
beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from support.options import parsed, parser

# 250 million weights: 1.0 GB in float32.
CONFIGURATION = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 6400,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 16,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
PAIR = {"prompt": "Name a fruit.", "chosen": " An apple.", "rejected": " A stone."}


def forget(folder: Path) -> None:
    """Has the system drop what it keeps of a folder's files in memory."""
    for file in folder.glob("*"):
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read_once(folder: Path) -> dict[str, float]:
    """Reads the weights as `cat` does, into the same memory again and again."""
    start, processor = time.perf_counter(), time.process_time()
    buffer = bytearray(1 << 20)
    with (folder / "model.safetensors").open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor}


def run(command: list[str], work: Path) -> dict[str, float]:
    """Seconds of a process, by the clock and of the processor, and its memory at its highest: all of
    it, and without mapped files."""
    start = time.perf_counter()
    with (work / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    anonymous = 0
    while True:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except FileNotFoundError:
            status = ""
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                anonymous = max(anonymous, int(line.split()[1]) * 1024)
        pid, code, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(0.002)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}\n{(work / 'log.txt').read_text()[-2000:]}")
    return {
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "anonymous_mb": anonymous / 1e6,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
    }


def parse_options() -> argparse.Namespace:
    return parsed(parser(__doc__, "loading", "the tokenizer", rounds="how often everything is measured"))


def main() -> int:
    options = parse_options()
    work: Path = options.work
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "config.json").write_text(json.dumps(CONFIGURATION))
    (work / "empty.jsonl").write_text("")
    (work / "pair.jsonl").write_text(json.dumps(PAIR) + "\n")
    penchant, model = str(options.penchant), work / "model"
    tokenizer = options.conformance.absolute() / "tokenizers/minimind"

    def command(*arguments: object) -> dict[str, float]:
        return run([penchant, *map(str, arguments)], work)

    def written(*arguments: object) -> dict[str, float]:
        """What a command takes that writes a folder, which is removed again."""
        try:
            return command(*arguments, "--output", work / "output")
        finally:
            shutil.rmtree(work / "output", ignore_errors=True)

    command("init", "--config", work / "config.json", "--tokenizer", tokenizer, "--output", model)
    small = CONFIGURATION | {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1}
    (work / "small.json").write_text(json.dumps(small))
    command("init", "--config", work / "small.json", "--tokenizer", tokenizer, "--output", work / "small")
    training = ["dpo", "--model", model, "--data", work / "pair.jsonl", "--max-steps", 1, "--data-cache", "none"]
    command(*training, "--lora", "--output", work / "run")
    adapter = work / "run/adapter"

    def load(dtype: str, folder: Path = model) -> dict[str, float]:
        # Nothing to continue: the program loads tokenizer and model, and ends.
        return command("generate", "--model", folder, "--prompts", work / "empty.jsonl", "--dtype", dtype)

    measured = {
        "read once, cold": lambda: (forget(model), read_once(model))[1],
        "load, cold": lambda: (forget(model), load("float32"))[1],
        "load a small model": lambda: load("float32", work / "small"),
        "read once, warm": lambda: read_once(model),
        "load, warm": lambda: load("float32"),
        "load for bfloat16, warm": lambda: load("bfloat16"),
        "convert to shards": lambda: written("convert", "--model", model, "--max-shard-size", "200MB"),
        "convert to bfloat16": lambda: written("convert", "--model", model, "--dtype", "bfloat16"),
        "convert to pytorch": lambda: written("convert", "--model", model, "--format", "pytorch"),
        "merge": lambda: written("merge", "--model", model, "--adapter", adapter),
        "train one step and save": lambda: written(*training),
    }
    results: dict[str, list[dict[str, float]]] = {name: [] for name in measured}
    for _ in range(options.rounds):
        for name, measure in measured.items():
            results[name].append(measure())
    size = (model / "model.safetensors").stat().st_size
    print(f"{size / 1e6:.0f} MB of weights; medians of {options.rounds}")
    summary = {}
    for name, values in results.items():
        summary[name] = {key: statistics.median(value[key] for value in values) for key in values[0]}
        print(f"{name:26}" + "  ".join(f"{key} {value:.2f}" for key, value in summary[name].items()), flush=True)
    output: Path = options.output or work / "results.json"
    output.write_text(json.dumps({"weights_byte_count": size, "medians": summary, "rounds": results}, indent=2) + "\n")
    shutil.rmtree(model)
    return 0


if __name__ == "__main__":
    sys.exit(main())
