#!/usr/bin/env python3
"""Trains the same model on the same preferences with TRL's DPOTrainer and with `penchant dpo`, in turns.

    python Benchmarks/dpo_against_trl.py [--rounds 3] [--steps 6] [--dtype float32|bfloat16] [--output FILE]

The Python that runs this must have torch, transformers, datasets and trl; `penchant` must be built
(`swift build -c release`). What is measured, and how, stands in README.md beside this file.

This process only starts the others and does sums: it imports nothing large, because a child's peak
memory is never reported below what its parent held when it was started.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.options import add_computing, parsed, parser

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent

PAIRS_PER_STEP = 8
MAX_LENGTH = 512
BETA = 0.1
LEARNING_RATE = 5e-5
MAX_GRAD_NORM = 1.0
SEED = 42

# How far the two losses may lie apart. In the first step both are ln 2 up to rounding. Afterwards
# AdamW turns the rounding of tiny gradients into full steps, so the runs drift; see README.md.
LOSS_TOLERANCE = {"float32": (3e-5, 2e-4), "bfloat16": (2e-3, 3e-2)}
# How far the mean log-probabilities of the first step may lie apart, relative to their size. The
# losses of a first step agree whatever the rows are; these agree only on the same tokens.
LOGPS_TOLERANCE = {"float32": 1e-5, "bfloat16": 5e-3}
LOGPS_KEYS = ("logps/chosen", "logps/rejected")


@dataclass
class Run:
    """One process: what it computed, and what it took."""

    side: str
    round: int
    losses: list[float]
    step_seconds: list[float]
    first_logps: dict[str, float]
    peak_bytes: int
    process_seconds: float
    reported: dict[str, object] = field(default_factory=dict)

    def timed(self) -> list[float]:
        """The first step warms up and is not counted."""
        return self.step_seconds[1:]


# ---------------------------------------------------------------- processes


@dataclass
class Finished:
    peak_bytes: int
    seconds: float


def run_process(command: list[str], log: Path, threads: int) -> Finished:
    """Runs a command, its output in a file; its peak resident memory is the kernel's own count."""
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(log.parent / "datasets-cache"),
    }
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=log.parent
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise SystemExit(f"{tail}\n\nfailed with {process.returncode}: {' '.join(command)}\nits output: {log}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Finished(peak_bytes=usage.ru_maxrss * unit, seconds=seconds)


def run_trl(options: argparse.Namespace, work: Path, round_number: int) -> Run:
    name = f"trl-{round_number}"
    result_file = work / f"{name}.json"
    settings = {
        "model": str(work / "model"),
        "data": str(work / "pairs.jsonl"),
        "output": str(work / name),
        "result": str(result_file),
        "steps": options.steps,
        "threads": options.threads,
        "dtype": options.dtype,
        "pairs_per_step": PAIRS_PER_STEP,
        "max_length": MAX_LENGTH,
        "beta": BETA,
        "learning_rate": LEARNING_RATE,
        "max_grad_norm": MAX_GRAD_NORM,
        "seed": SEED,
    }
    command = [sys.executable, str(HERE / "support/run_trl.py"), json.dumps(settings)]
    finished = run_process(command, work / f"{name}.log", options.threads)
    result = json.loads(result_file.read_text())
    return Run(
        side="trl",
        round=round_number,
        losses=[step["loss"] for step in result["steps"]],
        step_seconds=[step["seconds"] for step in result["steps"]],
        first_logps={key: result["steps"][0][key] for key in LOGPS_KEYS},
        peak_bytes=finished.peak_bytes,
        process_seconds=finished.seconds,
        reported=result,
    )


def run_penchant(options: argparse.Namespace, work: Path, round_number: int) -> Run:
    name = f"penchant-{round_number}"
    # fmt: off
    command = [
        str(options.penchant), "dpo",
        "--model", str(work / "model"),
        "--data", str(work / "pairs.jsonl"),
        "--output", str(work / name),
        "--beta", str(BETA),
        "--learning-rate", str(LEARNING_RATE),
        "--batch-size", str(PAIRS_PER_STEP),
        "--max-steps", str(options.steps),
        "--max-length", str(MAX_LENGTH),
        "--weight-decay", "0",
        "--max-grad-norm", str(MAX_GRAD_NORM),
        "--warmup-steps", "0",
        "--seed", str(SEED),
        "--no-shuffle",
        "--dtype", options.dtype,
        "--threads", str(options.threads),
        "--overwrite",
        "--on-bad-row", "skip",
    ]
    # fmt: on
    finished = run_process(command, work / f"{name}.log", options.threads)
    rows = [json.loads(line) for line in (work / name / "metrics.jsonl").read_text().splitlines() if line]
    steps = [row for row in rows if "loss" in row and "time/step_seconds" in row]
    return Run(
        side="penchant",
        round=round_number,
        losses=[step["loss"] for step in steps],
        step_seconds=[step["time/step_seconds"] for step in steps],
        first_logps={key: steps[0][key] for key in LOGPS_KEYS if steps and key in steps[0]},
        peak_bytes=finished.peak_bytes,
        process_seconds=finished.seconds,
        reported={"steps": steps},
    )


# ---------------------------------------------------------------- do they compute the same?


def disagreements(trl: Run, penchant: Run, dtype: str) -> list[str]:
    """What differs by more than it may between two runs, in words."""
    found: list[str] = []
    if len(trl.losses) != len(penchant.losses):
        return [f"TRL took {len(trl.losses)} steps and penchant {len(penchant.losses)}"]
    first, later = LOSS_TOLERANCE[dtype]
    for step, (a, b) in enumerate(zip(trl.losses, penchant.losses), start=1):
        allowed = first if step == 1 else later
        # Written so that a loss that is not a number is a disagreement.
        if not abs(a - b) <= allowed:
            found.append(f"step {step}: loss {a:.6f} and {b:.6f}, {abs(a - b):.1e} apart; allowed: {allowed:.0e}")
    for key, a in trl.first_logps.items():
        b = penchant.first_logps.get(key)
        if b is None:
            found.append(f"penchant's metrics.jsonl has no {key}")
        elif not abs(a - b) <= LOGPS_TOLERANCE[dtype] * abs(a):
            found.append(f"step 1: {key} {a:.4f} and {b:.4f}: not the same tokens, or not the same model")
    return found


def largest_loss_difference(runs: list[Run]) -> list[float]:
    """Per step, over the rounds."""
    pairs = [
        [abs(a - b) for a, b in zip(trl.losses, penchant.losses)]
        for trl, penchant in zip(of_side(runs, "trl"), of_side(runs, "penchant"))
    ]
    return [max(step) for step in zip(*pairs)]


# ---------------------------------------------------------------- sums


def of_side(runs: list[Run], side: str) -> list[Run]:
    return [run for run in runs if run.side == side]


def summary(runs: list[Run], tokens_per_step: list[int]) -> dict[str, object]:
    """The medians of one side, and the least and largest of the rounds."""
    steps = [seconds for run in runs for seconds in run.timed()]
    per_round = [statistics.median(run.timed()) for run in runs]
    timed_tokens = sum(tokens_per_step[1:]) * len(runs)
    return {
        "seconds_per_step": statistics.median(steps),
        "seconds_per_step_rounds": per_round,
        "seconds_per_step_least": min(steps),
        "seconds_per_step_largest": max(steps),
        "pairs_per_second": len(steps) * PAIRS_PER_STEP / sum(steps),
        "tokens_per_second": timed_tokens / sum(steps),
        "peak_bytes": statistics.median(run.peak_bytes for run in runs),
        "peak_bytes_rounds": [run.peak_bytes for run in runs],
        "process_seconds": statistics.median(run.process_seconds for run in runs),
    }


def comparison(trl: dict, penchant: dict) -> dict[str, object]:
    ratios = [a / b for a, b in zip(trl["seconds_per_step_rounds"], penchant["seconds_per_step_rounds"])]
    return {
        "times_faster": trl["seconds_per_step"] / penchant["seconds_per_step"],
        "times_faster_rounds": ratios,
        "times_less_memory": trl["peak_bytes"] / penchant["peak_bytes"],
    }


# ---------------------------------------------------------------- what is printed


def table(results: dict) -> str:
    machine, sides = results["machine"], results["summary"]
    lines = [
        f"DPO on {results['model']['parameters'] / 1e6:.1f} M parameters, {PAIRS_PER_STEP} pairs a step, "
        f"max length {MAX_LENGTH}, {results['dtype']}",
        f"{machine['cpu']}, {results['threads']} threads; {results['rounds']} rounds in turns, "
        f"{results['steps']} steps each, the first not timed",
        "",
        f"{'':<16}{'s/step':>8}{'rounds':>18}{'pairs/s':>10}{'tokens/s':>10}{'peak memory':>14}{'whole run':>12}",
    ]
    for side, row in sides.items():
        rounds = row["seconds_per_step_rounds"]
        lines.append(
            f"{results['versions'][side]:<16}"
            f"{row['seconds_per_step']:>8.2f}"
            f"{f'{min(rounds):.2f} to {max(rounds):.2f}':>18}"
            f"{row['pairs_per_second']:>10.2f}"
            f"{row['tokens_per_second']:>10.0f}"
            f"{row['peak_bytes'] / 1e9:>11.2f} GB"
            f"{row['process_seconds']:>10.1f} s"
        )
    if ratio := results.get("ratio"):
        rounds = ratio["times_faster_rounds"]
        lines += [
            "",
            f"penchant is {ratio['times_faster']:.2f} times as fast ({min(rounds):.2f} to {max(rounds):.2f} "
            f"in the rounds) and takes 1/{ratio['times_less_memory']:.2f} of the memory",
            "largest difference of the losses, per step: "
            + " ".join(f"{value:.0e}" for value in results["largest_loss_difference"]),
        ]
    lines += ["", ", ".join(f"{name} {version}" for name, version in results["libraries"].items())]
    return "\n".join(lines)


def machine() -> dict[str, object]:
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
    }


def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        return one_line(["sysctl", "-n", "machdep.cpu.brand_string"])
    return platform.processor() or "unknown CPU"


def one_line(command: list[str]) -> str:
    try:
        output = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=True).stdout
        return output.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


# ---------------------------------------------------------------- all of it


def parse_options() -> argparse.Namespace:
    known = parser(__doc__, "dpo-against-trl", "the tokenizer and the pairs")
    add_computing(known)
    known.add_argument("--steps", type=int, default=6, help="optimizer steps of a run; the first is not timed (6)")
    known.add_argument("--only", choices=["trl", "penchant"], help="run one side, compare nothing")
    options = parsed(known)
    if options.steps < 2:
        known.error("at least 2 steps: the first step of a run is not timed")
    if not (options.conformance / "tokenizers/minimind").is_dir():
        known.error(f"{options.conformance} has no tokenizers/minimind: set PENCHANT_CONFORMANCE")
    return options


def prepare(options: argparse.Namespace, work: Path) -> dict:
    """Makes the model and the rows in a process of its own, and returns what it says about them."""
    command = [
        sys.executable,
        str(HERE / "support/prepare.py"),
        str(options.conformance.absolute()),
        str(work),
        str(options.steps * PAIRS_PER_STEP),
        str(PAIRS_PER_STEP),
        str(MAX_LENGTH),
    ]
    run_process(command, work / "prepare.log", options.threads)
    return json.loads((work / "prepared.json").read_text())


def main() -> int:
    options = parse_options()
    work: Path = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    prepared = prepare(options, work)

    busy = os.getloadavg()[0]
    if busy > 1.5:
        print(f"The machine is busy (load {busy:.1f}); the times will not mean much.", file=sys.stderr)

    sides = {"trl": run_trl, "penchant": run_penchant}
    if options.only:
        sides = {options.only: sides[options.only]}
    runs: list[Run] = []
    for round_number in range(1, options.rounds + 1):
        for side, start in sides.items():
            run = start(options, work, round_number)
            runs.append(run)
            print(
                f"round {round_number}, {side}: {statistics.median(run.timed()):.2f} s/step, "
                f"{run.peak_bytes / 1e9:.2f} GB, losses {' '.join(f'{loss:.4f}' for loss in run.losses)}",
                flush=True,
            )

    libraries = prepared["versions"]
    results: dict = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "load_before": busy,
        "threads": options.threads,
        "dtype": options.dtype,
        "rounds": options.rounds,
        "steps": options.steps,
        "pairs_per_step": PAIRS_PER_STEP,
        "max_length": MAX_LENGTH,
        "beta": BETA,
        "learning_rate": LEARNING_RATE,
        "commit": one_line(["git", "rev-parse", "HEAD"]),
        "libraries": {"Python": platform.python_version()} | libraries,
        "versions": {"trl": f"TRL {libraries['trl']}"},
        "model": prepared["model"],
        "data": prepared["data"],
        "summary": {side: summary(of_side(runs, side), prepared["data"]["tokens_per_step"]) for side in sides},
        "runs": [asdict(run) for run in runs],
    }
    if "penchant" in sides:
        version = one_line([str(options.penchant), "--version"])
        results["versions"]["penchant"] = f"penchant {version.removeprefix('penchant ')}"
    problems: list[str] = []
    if not options.only:
        results["ratio"] = comparison(results["summary"]["trl"], results["summary"]["penchant"])
        results["largest_loss_difference"] = largest_loss_difference(runs)
        for trl, penchant in zip(of_side(runs, "trl"), of_side(runs, "penchant")):
            problems += [f"round {trl.round}, {line}" for line in disagreements(trl, penchant, options.dtype)]
        results["disagreements"] = problems

    print("\n" + table(results))
    output: Path = options.output or work / "results.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nEvery number: {output}")
    if problems:
        print("\nThe two do not compute the same:", *problems, sep="\n  ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
