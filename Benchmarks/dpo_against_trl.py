#!/usr/bin/env python3
"""Trains the same model on the same preferences with TRL's DPOTrainer and with `penchant dpo`, in turns.

    python Benchmarks/dpo_against_trl.py [CASE...] [--rounds 3] [--steps N] [--dtype float32|bfloat16] [--output FILE]

Cases are rows of the table that is printed at the end: base (if none is named), gpt2, qwen-0.5b,
qwen-0.5b-offload, qwen-0.5b-cached, lora, cached, long-prompts, short-prompts, system-prompt, four, ranked; or all.

The Python that runs this must have torch, transformers, datasets and trl, and peft for the case lora;
`penchant` must be built (`make build`). What is measured, and how, stands in README.md
beside this file.

This process only starts the others and does sums: it imports nothing large, because a child's peak
memory is never reported below what its parent held when it was started.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.cases import CASES, Case
from support.machine import commit, machine, one_line, warn_if_busy
from support.options import add_computing, add_memory_limit, parsed, parser
from support.processes import DidNotFit, Finished, run_process
from support.step_profile import bound, parts

HERE = Path(__file__).resolve().parent

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
# What run_trl.py prints when the first step begins.
FIRST_STEP = "the first step begins"


@dataclass
class Run:
    """One process: what it computed, and what it took."""

    side: str
    round: int
    losses: list[float]
    step_seconds: list[float]
    first_logps: dict[str, float]
    peak_bytes: int
    first_step_seconds: float
    process_seconds: float
    # Steps that are not timed: the first, which warms up, or the first pass, in which things are kept.
    untimed: int
    reported: dict[str, object] = field(default_factory=dict)

    def timed(self) -> list[float]:
        return self.step_seconds[self.untimed :]


# ---------------------------------------------------------------- processes


@dataclass
class Bench:
    """A case, and what its runs have in common."""

    name: str
    case: Case
    steps: int
    options: argparse.Namespace
    work: Path
    # The folder with the adapter that both sides begin with.
    adapter: Path | None = None

    @property
    def steps_of_a_pass(self) -> int:
        return self.steps // self.case.passes

    @property
    def untimed(self) -> int:
        return self.steps_of_a_pass if self.case.passes > 1 else 1

    def run(self, command: list[str], name: str, cache: Path | None = None) -> Finished:
        return run_process(
            command,
            self.work / f"{name}.log",
            self.options.threads,
            {"PENCHANT_CACHE": str(cache)} if cache else None,
            self.options.memory_limit * 1e9,
        )

    def prepare(self) -> dict:
        """Makes the model and the rows in a process of its own, and returns what it says about them."""
        arguments = [str(self.options.conformance.absolute()), str(self.work), self.name, str(self.steps_of_a_pass)]
        self.run([sys.executable, str(HERE / "support/prepare.py"), *arguments], "prepare")
        if self.case.lora and self.options.only != "trl":
            # An adapter's first weights are drawn: both sides are to have the same.
            self.penchant("start", 1, "--learning-rate", "0")
            self.adapter = self.work / "start/adapter"
        return json.loads((self.work / "prepared.json").read_text())

    def penchant_version(self) -> str:
        version = one_line([str(self.options.penchant), "--version"])
        return f"penchant {version.removeprefix('penchant ')}"

    def penchant(self, name: str, steps: int, *more: str, keeps_cache: bool = False) -> Finished:
        """A run into WORK/NAME, that finds nothing kept of runs of other names."""
        case, cache = self.case, self.work / f"{name}-cache"
        # fmt: off
        command = [
            str(self.options.penchant), "dpo",
            "--model", str(self.work / "model"),
            "--data", str(self.work / ("rankings.jsonl" if case.is_ranking else "pairs.jsonl")),
            "--output", str(self.work / name),
            "--beta", str(BETA),
            "--learning-rate", str(LEARNING_RATE),
            "--batch-size", str(case.prompts_per_step if case.is_ranking else case.pairs_per_step),
            "--max-steps", str(steps),
            "--max-length", str(case.max_length),
            "--weight-decay", "0",
            "--max-grad-norm", str(MAX_GRAD_NORM),
            "--warmup-steps", "0",
            "--seed", str(SEED),
            "--no-shuffle",
            "--dtype", self.options.dtype,
            "--threads", str(self.options.threads),
            "--on-bad-row", "skip",
            "--json",
            *(("--reference", "cached") if case.is_cached else ()),
            *(("--offload", str(self.work)) if case.offloads else ()),
            *(("--lora",) if case.lora else ()),
            *case.flags,
            *more,
        ]
        # fmt: on
        finished = self.run(command, name, cache)
        if not keeps_cache:
            shutil.rmtree(cache, ignore_errors=True)
        return finished

    def trl(self, name: str) -> Finished:
        case = self.case
        settings = {
            "model": str(self.work / "model"),
            "data": str(self.work / "pairs.jsonl"),
            "output": str(self.work / name),
            "result": str(self.work / f"{name}.json"),
            "steps": self.steps,
            "threads": self.options.threads,
            "dtype": self.options.dtype,
            "pairs_per_step": case.pairs_per_step,
            "max_length": case.max_length,
            "is_cached": case.is_cached,
            "lora": case.lora,
            "adapter": str(self.adapter) if self.adapter else None,
            "beta": BETA,
            "learning_rate": LEARNING_RATE,
            "max_grad_norm": MAX_GRAD_NORM,
            "seed": SEED,
        }
        return self.run([sys.executable, str(HERE / "support/run_trl.py"), json.dumps(settings)], name)

    def profile(self) -> dict:
        """Where the time of a step goes, by penchant's own account of a short run."""
        steps = min(self.steps_of_a_pass, 4)
        if self.case.is_cached:
            self.penchant("profile", steps, keeps_cache=True)
            shutil.rmtree(self.work / "profile")
        self.penchant("profile", steps, "--profile")
        shutil.rmtree(self.work / "profile")
        return parts((self.work / "profile.log").read_text(errors="replace"))


def run_trl(bench: Bench, round_number: int) -> Run:
    name = f"trl-{round_number}"
    finished = bench.trl(name)
    result = json.loads((bench.work / f"{name}.json").read_text())
    return Run(
        side="trl",
        round=round_number,
        losses=[step["loss"] for step in result["steps"]],
        step_seconds=[step["seconds"] for step in result["steps"]],
        first_logps={key: result["steps"][0][key] for key in LOGPS_KEYS},
        peak_bytes=finished.peak_bytes,
        first_step_seconds=next(seconds for seconds, line in finished.lines if line == FIRST_STEP),
        process_seconds=finished.seconds,
        untimed=bench.untimed,
        reported=result,
    )


def run_penchant(bench: Bench, round_number: int) -> Run:
    name = f"penchant-{round_number}"
    finished = bench.penchant(name, bench.steps)
    # What it saved is not looked at, and may be large.
    shutil.rmtree(bench.work / name)
    lines = [(seconds, json.loads(line)) for seconds, line in finished.lines]
    steps = [(seconds, row) for seconds, row in lines if "time/step_seconds" in row]
    end, first = steps[0]
    return Run(
        side="penchant",
        round=round_number,
        losses=[row["loss"] for _, row in steps],
        step_seconds=[row["time/step_seconds"] for _, row in steps],
        first_logps={key: first[key] for key in LOGPS_KEYS if key in first},
        peak_bytes=finished.peak_bytes,
        first_step_seconds=end - first["time/step_seconds"],
        process_seconds=finished.seconds,
        untimed=bench.untimed,
        reported={"steps": [row for _, row in steps]},
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
            found.append(f"penchant's metrics have no {key}")
        elif not abs(a - b) <= LOGPS_TOLERANCE[dtype] * abs(a):
            found.append(f"step 1: {key} {a:.4f} and {b:.4f}: not the same tokens, or not the same model")
    return found


def largest_loss_difference(runs: dict[str, list[Run]]) -> list[float]:
    """Per step, over the rounds."""
    pairs = [
        [abs(a - b) for a, b in zip(trl.losses, penchant.losses)]
        for trl, penchant in zip(runs["trl"], runs["penchant"])
    ]
    return [max(step) for step in zip(*pairs)]


# ---------------------------------------------------------------- sums


def summary(runs: list[Run], pairs_per_step: int, tokens_per_step: list[int]) -> dict[str, object]:
    """The medians of one side, and the least and largest of the rounds."""
    steps = [seconds for run in runs for seconds in run.timed()]
    per_round = [statistics.median(run.timed()) for run in runs]
    timed_tokens = sum(tokens_per_step[runs[0].untimed :]) * len(runs)
    return {
        "seconds_per_step": statistics.median(steps),
        "seconds_per_step_rounds": per_round,
        "seconds_per_step_least": min(steps),
        "seconds_per_step_largest": max(steps),
        "pairs_per_second": len(steps) * pairs_per_step / sum(steps),
        "tokens_per_second": timed_tokens / sum(steps),
        "peak_bytes": statistics.median(run.peak_bytes for run in runs),
        "peak_bytes_rounds": [run.peak_bytes for run in runs],
        "first_step_seconds": statistics.median(run.first_step_seconds for run in runs),
        "first_step_seconds_rounds": [run.first_step_seconds for run in runs],
        "process_seconds": statistics.median(run.process_seconds for run in runs),
    }


def comparison(trl: dict, penchant: dict) -> dict[str, object]:
    ratios = [a / b for a, b in zip(trl["seconds_per_step_rounds"], penchant["seconds_per_step_rounds"])]
    return {
        "times_faster": trl["seconds_per_step"] / penchant["seconds_per_step"],
        "times_faster_rounds": ratios,
        "times_less_memory": trl["peak_bytes"] / penchant["peak_bytes"],
        "times_sooner": trl["first_step_seconds"] / penchant["first_step_seconds"],
    }


# ---------------------------------------------------------------- what is printed


def table(results: dict) -> str:
    """All of one case."""
    machine, sides = results["machine"], results["summary"]
    lines = [
        f"{results['case']}: DPO on {results['model']['parameters'] / 1e6:.1f} M parameters, "
        f"{results['pairs_per_step']} pairs a step, max length {results['max_length']}, {results['dtype']}; "
        f"{results['about']}",
        f"{machine['cpu']}, {results['threads']} threads; {results['rounds']} rounds in turns, "
        f"{results['steps']} steps each, the first {results['untimed_steps']} not timed",
        "",
        f"{'':<16}{'s/step':>8}{'rounds':>18}{'pairs/s':>10}{'tokens/s':>10}{'peak memory':>14}"
        f"{'first step':>12}{'whole run':>12}",
    ]
    for side, row in sides.items():
        if row is None:
            lines.append(f"{results['versions'][side]:<16}  {did_not_fit(results)}")
            continue
        rounds = row["seconds_per_step_rounds"]
        lines.append(
            f"{results['versions'][side]:<16}"
            f"{row['seconds_per_step']:>8.2f}"
            f"{f'{min(rounds):.2f} to {max(rounds):.2f}':>18}"
            f"{row['pairs_per_second']:>10.2f}"
            f"{row['tokens_per_second']:>10.0f}"
            f"{row['peak_bytes'] / 1e9:>11.2f} GB"
            f"{row['first_step_seconds']:>10.1f} s"
            f"{row['process_seconds']:>10.1f} s"
        )
    if ratio := results.get("ratio"):
        rounds = ratio["times_faster_rounds"]
        lines += [
            "",
            f"penchant is {ratio['times_faster']:.2f} times as fast ({min(rounds):.2f} to {max(rounds):.2f} "
            f"in the rounds) and takes 1/{ratio['times_less_memory']:.2f} of the memory; "
            f"its first step begins after 1/{ratio['times_sooner']:.1f} of the time",
            "largest difference of the losses, per step: "
            + " ".join(f"{value:.0e}" for value in results["largest_loss_difference"]),
        ]
    if "bound" in results:
        lines.append(f"what penchant's step goes to: {results['bound']}")
    lines += ["", ", ".join(f"{name} {version}" for name, version in results["libraries"].items())]
    return "\n".join(lines)


def did_not_fit(results: dict) -> str:
    return f"did not fit: needs more than {results['memory_limit_gb']:.1f} GB"


def rows(cases: list[dict]) -> str:
    """A row of Markdown for each case, TRL's number before penchant's."""
    lines = [
        "| case | | pairs/s | times as fast | peak memory, GB | first step after, s | what penchant's step goes to |",
        "|---|---|---|---|---|---|---|",
    ]
    for results in cases:
        ratio = results.get("ratio")
        sides = results["summary"].values()

        def both(key: str, form: str, unit: float = 1) -> str:
            return " / ".join(format(side[key] / unit, form) if side else "did not fit" for side in sides)

        faster = "–"
        if ratio:
            rounds = ratio["times_faster_rounds"]
            faster = f"{ratio['times_faster']:.1f} ({min(rounds):.1f} to {max(rounds):.1f})"
        cells = [
            results["case"],
            results["about"],
            both("pairs_per_second", ".2f"),
            faster,
            both("peak_bytes", ".2f", 1e9),
            both("first_step_seconds", ".1f"),
            results.get("bound", "–"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# ---------------------------------------------------------------- all of it


def parse_options() -> argparse.Namespace:
    known = parser(__doc__, "dpo-against-trl", "the tokenizer and the pairs")
    add_computing(known)
    known.add_argument("cases", nargs="*", metavar="CASE", help="what is trained (base)")
    known.add_argument("--steps", type=int, help="optimizer steps of a run, the first not timed (the case's own)")
    known.add_argument("--only", choices=["trl", "penchant"], help="run one side, compare nothing")
    add_memory_limit(known)
    options = parsed(known)
    if "all" in options.cases:
        options.cases = list(CASES)
    options.cases = list(dict.fromkeys(options.cases)) or ["base"]
    for name in options.cases:
        if name not in CASES:
            known.error(f"there is no case {name}; there are {', '.join(CASES)} and all")
    for case in map(CASES.get, options.cases):
        if options.steps is not None and (options.steps < 2 or options.steps % case.passes):
            known.error("at least 2 steps, of which the first is not timed, and as many in each of a case's passes")
    if not (options.conformance / "tokenizers/minimind").is_dir():
        known.error(f"{options.conformance} has no tokenizers/minimind: set PENCHANT_CONFORMANCE")
    return options


def measure(name: str, options: argparse.Namespace) -> dict:
    """All runs of a case, and what comes of them."""
    case = CASES[name]
    bench = Bench(name, case, options.steps or case.steps, options, options.work / name)
    shutil.rmtree(bench.work, ignore_errors=True)
    bench.work.mkdir(parents=True)
    prepared = bench.prepare()
    busy = warn_if_busy()

    sides = {"trl": run_trl, "penchant": run_penchant}
    if options.only:
        sides = {options.only: sides[options.only]}
    libraries = prepared["versions"]
    versions = {"trl": f"TRL {libraries['trl']}"}
    if "penchant" in sides:
        # So its libraries have been read once before a run, as TRL's have by what prepares.
        versions["penchant"] = bench.penchant_version()
    runs: dict[str, list[Run]] = {side: [] for side in sides}
    unfit: set[str] = set()
    for round_number in range(1, options.rounds + 1):
        for side, start in sides.items():
            if side in unfit:
                continue
            try:
                run = start(bench, round_number)
            except DidNotFit:
                unfit.add(side)
                runs[side] = []
                print(f"{name}, round {round_number}, {side}: did not fit", flush=True)
                continue
            runs[side].append(run)
            print(
                f"{name}, round {round_number}, {side}: {statistics.median(run.timed()):.2f} s/step, "
                f"{run.peak_bytes / 1e9:.2f} GB, losses {' '.join(f'{loss:.4f}' for loss in run.losses)}",
                flush=True,
            )

    data = prepared["data"]
    tokens = data["tokens_per_step"] * case.passes
    results: dict = {
        "case": name,
        "about": case.about,
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "load_before": busy,
        "memory_limit_gb": options.memory_limit,
        "threads": options.threads,
        "dtype": options.dtype,
        "rounds": options.rounds,
        "steps": bench.steps,
        "untimed_steps": bench.untimed,
        "pairs_per_step": case.pairs_per_step,
        "max_length": case.max_length,
        "beta": BETA,
        "learning_rate": LEARNING_RATE,
        "commit": commit(),
        "libraries": {"Python": platform.python_version()} | libraries,
        "versions": versions,
        "model": prepared["model"],
        "data": data,
        "summary": {
            side: None if side in unfit else summary(of_side, case.pairs_per_step, tokens)
            for side, of_side in runs.items()
        },
        "runs": [asdict(run) for of_side in runs.values() for run in of_side],
        "disagreements": [],
    }
    if runs.get("penchant"):
        profile = bench.profile()
        results["profile"] = {part: asdict(value) for part, value in profile.items()}
        results["bound"] = bound(profile)
    if len(sides) == 2 and not unfit:
        results["ratio"] = comparison(results["summary"]["trl"], results["summary"]["penchant"])
        results["largest_loss_difference"] = largest_loss_difference(runs)
        for trl, penchant in zip(runs["trl"], runs["penchant"]):
            results["disagreements"] += [
                f"{name}, round {trl.round}, {line}" for line in disagreements(trl, penchant, options.dtype)
            ]
    shutil.rmtree(bench.work / "model")
    return results


def main() -> int:
    options = parse_options()
    output: Path = options.output or options.work / "results.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    cases: list[dict] = []
    for name in options.cases:
        cases.append(measure(name, options))
        print("\n" + table(cases[-1]) + "\n", flush=True)
        # After each case, so that nothing is lost where a later one fails.
        output.write_text(json.dumps({"cases": cases}, indent=2) + "\n")
    print(rows(cases))
    print(f"\nEvery number: {output}")
    if problems := [line for results in cases for line in results["disagreements"]]:
        print("\nThe two do not compute the same:", *problems, sep="\n  ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
