#!/usr/bin/env python3
"""Encodes the same texts with the `tokenizers` library of Hugging Face and with `penchant tokenize`,
in turns, on one thread.

    python Benchmarks/tokenizers_against_huggingface.py [--rounds 5] [--output FILE] [NAME...]

The Python that runs this must have tokenizers; `penchant` must be built (`make build`).
What is measured, and how, stands in README.md beside this file.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
WORK = CHECKOUT / ".build" / "benchmarks" / "tokenizers-against-huggingface"
NAMES = ["gpt2", "qwen2.5", "minimind", "smollm2", "phi-3"]
SIDES = ["huggingface", "penchant"]

# A process of its own for each measurement, so that no cache of an earlier one helps.
HUGGINGFACE = """
import hashlib, json, sys, time
import tokenizers
folder, texts = sys.argv[1], [json.loads(line)["text"] for line in open(sys.argv[2], encoding="utf-8")]
start = time.perf_counter()
tokenizer = tokenizers.Tokenizer.from_file(folder + "/tokenizer.json")
loading = time.perf_counter() - start
tokenizer.no_truncation()
tokenizer.no_padding()
start = time.perf_counter()
encodings = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
encoding = time.perf_counter() - start
digest = hashlib.sha256()
for item in encodings:
    digest.update((json.dumps(item.ids) + "\\n").encode())
print(json.dumps({"loading_seconds": loading, "encoding_seconds": encoding, "version":
    tokenizers.__version__, "tokens": sum(len(item.ids) for item in encodings),
    "digest": digest.hexdigest()}))
"""


def conformance() -> Path:
    folder = Path(os.environ.get("PENCHANT_CONFORMANCE", CHECKOUT.parent / "shared" / "conformance"))
    if not folder.is_dir():
        sys.exit("the conformance material is not there: set PENCHANT_CONFORMANCE")
    return folder


def prepare(material: Path) -> tuple[Path, int, int]:
    """Writes both answers of all rows of HH harmless-base as lines of JSON."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "texts.jsonl"
    texts = []
    with gzip.open(material / "prefdata" / "hh-rlhf_harmless-base_test.jsonl.gz", "rt",
                   encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            texts += [row["chosen"], row["rejected"]]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    return path, len(texts), sum(len(text.encode()) for text in texts)


def measure(side: str, folder: Path, texts: Path, penchant: Path) -> dict:
    environment = os.environ | {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"}
    if side == "huggingface":
        command = [sys.executable, "-c", HUGGINGFACE, str(folder), str(texts)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        check(done, side)
        return json.loads(done.stdout)
    with open(texts, "rb") as file:
        command = [str(penchant), "tokenize", "--timing", "--tokenizer", str(folder)]
        done = subprocess.run(command, env=environment, stdin=file, capture_output=True, text=True)
    check(done, side)
    digest = hashlib.sha256()
    # Not splitlines, which would cut at line separators inside strings.
    for line in done.stdout.split("\n"):
        if line:
            digest.update((json.dumps(json.loads(line)["ids"]) + "\n").encode())
    return json.loads(done.stderr) | {"digest": digest.hexdigest()}


def check(done: subprocess.CompletedProcess, side: str) -> None:
    if done.returncode != 0:
        sys.exit(f"{side} ended with {done.returncode}: {done.stderr.strip()[-500:]}")


def summary(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "largest": max(values)}


def processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().split("\n"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME",
                        help="tokenizers of the conformance material")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--penchant", type=Path, default=CHECKOUT / ".build/release/penchant")
    parser.add_argument("--output", type=Path, default=WORK / "result.json")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if not arguments.penchant.exists():
        sys.exit(f"{arguments.penchant} is not there: make build")
    material = conformance()
    texts, count, size = prepare(material)
    version = subprocess.run([str(arguments.penchant), "--version"], capture_output=True, text=True)
    result = {
        "texts": count, "bytes": size, "rounds": arguments.rounds, "cpu": processor(),
        "cores": os.cpu_count(), "load_before": os.getloadavg()[0],
        "python": platform.python_version(), "penchant": version.stdout.strip(),
        "time": time.strftime("%Y-%m-%d %H:%M:%S"), "tokenizers": {},
    }
    agree = True
    for name in arguments.names:
        folder = material / "tokenizers" / name
        runs: dict[str, list[dict]] = {side: [] for side in SIDES}
        for turn in range(arguments.rounds):
            # Who begins changes, so that neither always follows the other.
            for side in SIDES if turn % 2 == 0 else reversed(SIDES):
                runs[side].append(measure(side, folder, texts, arguments.penchant))
        digests = {run["digest"] for side in SIDES for run in runs[side]}
        entry: dict = {"ids_equal": len(digests) == 1, "tokens": runs["penchant"][0]["tokens"]}
        agree = agree and entry["ids_equal"]
        for side in SIDES:
            entry[side] = {
                "megabytes_per_second": summary(
                    [size / 1e6 / run["encoding_seconds"] for run in runs[side]]),
                "loading_seconds": summary([run["loading_seconds"] for run in runs[side]]),
            }
        entry["encoding_times_as_fast"] = (
            entry["penchant"]["megabytes_per_second"]["median"]
            / entry["huggingface"]["megabytes_per_second"]["median"])
        entry["loading_times_as_fast"] = (
            entry["huggingface"]["loading_seconds"]["median"]
            / entry["penchant"]["loading_seconds"]["median"])
        result["library"] = runs["huggingface"][0]["version"]
        result["tokenizers"][name] = entry
    result["load_after"] = os.getloadavg()[0]
    report(result)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {arguments.output}")
    if not agree:
        sys.exit("the ids differ: the numbers mean nothing")


def report(result: dict) -> None:
    print(f"{result['texts']:,} texts, {result['bytes'] / 1e6:.2f} MB, one thread, "
          f"{result['rounds']} rounds; penchant {result['penchant']}, tokenizers "
          f"{result['library']} on Python {result['python']}")
    print(f"{result['cpu']}, {result['cores']} cores, load {result['load_before']:.1f} before and "
          f"{result['load_after']:.1f} after")
    print(f"{'':10} {'encoding, MB/s: median (least–largest)':^46} {'loading, s':^34}")
    print(f"{'':10} {'huggingface':>20} {'penchant':>20} {'ratio':>6} {'huggingface':>13} "
          f"{'penchant':>13} {'ratio':>6}  ids")
    for name, entry in result["tokenizers"].items():
        cells = []
        for side in SIDES:
            speed = entry[side]["megabytes_per_second"]
            cells.append(f"{speed['median']:.2f} ({speed['least']:.2f}–{speed['largest']:.2f})")
        loading = [entry[side]["loading_seconds"]["median"] for side in SIDES]
        print(f"{name:10} {cells[0]:>20} {cells[1]:>20} {entry['encoding_times_as_fast']:6.2f} "
              f"{loading[0]:13.3f} {loading[1]:13.3f} {entry['loading_times_as_fast']:6.2f}  "
              f"{'equal' if entry['ids_equal'] else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
