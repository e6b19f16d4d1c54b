"""Makes what both sides of dpo_against_trl.py read: a model folder and files of preferences.

    python prepare.py CONFORMANCE WORK CASE STEPS

Writes WORK/model (weights drawn from a fixed seed, with a tokenizer of the conformance material),
WORK/pairs.jsonl (usable rows of HH harmless-base, in file order), WORK/rankings.jsonl where the case
has more answers than two, and WORK/prepared.json (what they are).
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import combinations, islice
from pathlib import Path

import torch
from cases import CASES, MODELS, Case
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

MODEL_SEED = 7


def make_model(conformance: Path, folder: Path, name: str) -> dict[str, object]:
    tokenizer_name, values = MODELS[name]
    tokenizer = conformance / "tokenizers" / tokenizer_name
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    if not settings.get("eos_token"):
        raise SystemExit(f"{tokenizer}/tokenizer_config.json has no eos_token")
    config = AutoConfig.for_model(**values)
    torch.manual_seed(MODEL_SEED)
    model = AutoModelForCausalLM.from_config(config).float()
    model.save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / file, folder / file)
    return {
        "architecture": type(model).__name__,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seed": MODEL_SEED,
    }


@dataclass
class Pair:
    """A row, its texts, and the token ids of both its sides, cut to the maximal length."""

    row: dict[str, str]
    prompt: str
    answers: tuple[str, str]
    prompt_length: int
    chosen: list[int]
    rejected: list[int]


@dataclass
class Prompt:
    """All rows of a prompt, and its answers, the best first."""

    pairs: list[Pair]
    answers: tuple[str, ...]

    def tree_tokens(self) -> int:
        """Tokens left when what sequences begin with alike is counted once."""
        sequences = sorted({tuple(side) for pair in self.pairs for side in (pair.chosen, pair.rejected)})
        shared = sum(common_length(a, b) for a, b in zip(sequences, sequences[1:]))
        return sum(map(len, sequences)) - shared


def common_length(a: Sequence, b: Sequence) -> int:
    """How many elements (or letters) two sequences begin with alike."""
    for index, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return index
    return min(len(a), len(b))


def split(row: dict[str, str]) -> tuple[str, str, str]:
    """Prompt and answers of a row that has its prompt at the beginning of both sides."""
    chosen, rejected = row["chosen"], row["rejected"]
    end = common_length(chosen, rejected)
    # A space before the answers belongs to them, as in TRL's extract_prompt.
    if end > 0 and chosen[end - 1] == " ":
        end -= 1
    return chosen[:end], chosen[end:], rejected[end:]


class PairReader:
    """Rows as TRL tokenizes them."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
        self.tokenizer, self.max_length = tokenizer, max_length

    def ids(self, text: str) -> list[int]:
        return self.tokenizer(text)["input_ids"]

    def read(self, row: dict[str, str], prompt: str, chosen: str, rejected: str) -> Pair | None:
        """Nothing for what one of the two sides would refuse or drop."""
        if not prompt or not chosen.strip() or not rejected.strip():
            return None
        eos = self.tokenizer.eos_token
        prompt_ids, sides = self.ids(prompt), [self.ids(prompt + answer + eos) for answer in (chosen, rejected)]
        prompt_length = min(common_length(prompt_ids, side) for side in sides)
        chosen_ids, rejected_ids = (side[: self.max_length] for side in sides)
        if prompt_length == 0 or prompt_length >= self.max_length or chosen_ids == rejected_ids:
            return None
        return Pair(row, prompt, (chosen, rejected), prompt_length, chosen_ids, rejected_ids)


def chosen_prompts(pairs: list[Pair], case: Case) -> Iterator[Prompt]:
    """The rows whose prompt is of the case's length."""
    for pair in pairs:
        if case.least_prompt <= pair.prompt_length <= (case.most_prompt or case.max_length):
            yield Prompt([pair], pair.answers)


def ranked_prompts(pairs: list[Pair], case: Case, reader: PairReader) -> Iterator[Prompt]:
    """Each row's prompt with its two answers and, behind them, those of the next rows that are at
    least half and at most twice as long as its first; rows are every two of them."""
    answers = [answer for pair in pairs for answer in pair.answers]
    lengths = [len(reader.ids(answer)) for answer in answers]
    for number, pair in enumerate(pairs):
        length, behind = lengths[2 * number], 2 * number + 2
        near = (
            answer
            for answer, other in zip(answers[behind:], lengths[behind:])
            if length <= 2 * other and other <= 2 * length
        )
        ranking = tuple(dict.fromkeys((*pair.answers, *near)))[: case.answers]
        rows = [
            reader.read({"prompt": pair.prompt, "chosen": better, "rejected": worse}, pair.prompt, better, worse)
            for better, worse in combinations(ranking, 2)
        ]
        if len(rows) == case.pairs_per_prompt and all(rows):
            yield Prompt(rows, ranking)


def make_data(
    conformance: Path, work: Path, tokenizer: PreTrainedTokenizerBase, case: Case, steps: int
) -> dict[str, object]:
    source = conformance / "prefdata/hh-rlhf_harmless-base_test.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        rows = [{side: case.system + text for side, text in json.loads(line).items()} for line in lines]
    reader = PairReader(tokenizer, case.max_length)
    pairs = [pair for row in rows if (pair := reader.read(row, *split(row)))]
    found = ranked_prompts(pairs, case, reader) if case.answers > 2 else chosen_prompts(pairs, case)
    count = steps * case.prompts_per_step
    prompts = list(islice(found, count))
    if len(prompts) < count:
        raise SystemExit(f"{source} has {len(prompts)} usable prompts; {count} are needed: ask for fewer steps")
    write(work / "pairs.jsonl", (pair.row for prompt in prompts for pair in prompt.pairs))
    if case.answers > 2:
        write(work / "rankings.jsonl", ({"prompt": p.pairs[0].prompt, "completions": p.answers} for p in prompts))

    per_step = [prompts[start : start + case.prompts_per_step] for start in range(0, count, case.prompts_per_step)]
    members = [[pair for prompt in step for pair in prompt.pairs] for step in per_step]
    return {
        "source": source.name,
        "rows": count * case.pairs_per_prompt,
        # Tokens of both sides of every pair. Tokens per second are counted in these, for both programs.
        "tokens_per_step": [sum(len(p.chosen) + len(p.rejected) for p in step) for step in members],
        # The same with the padding that a rectangular batch adds.
        "padded_tokens_per_step": [
            2 * len(step) * max(max(len(p.chosen), len(p.rejected)) for p in step) for step in members
        ],
        # The same with what all sequences of a prompt begin with counted once, and equal ones once.
        "tree_tokens_per_step": [sum(prompt.tree_tokens() for prompt in step) for step in per_step],
        # Tokens whose log-probability enters the loss.
        "scored_tokens_per_step": [
            sum(len(p.chosen) + len(p.rejected) - 2 * p.prompt_length for p in step) for step in members
        ],
    }


def write(path: Path, rows: Iterable[object]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> None:
    conformance, work, case = Path(sys.argv[1]), Path(sys.argv[2]), CASES[sys.argv[3]]
    model = make_model(conformance, work / "model", case.model)
    tokenizer = AutoTokenizer.from_pretrained(work / "model")
    data = make_data(conformance, work, tokenizer, case, int(sys.argv[4]))
    names = ("torch", "trl", "transformers", "accelerate", "tokenizers") + (("peft",) if case.lora else ())
    versions = {name: version(name) for name in names}
    (work / "prepared.json").write_text(json.dumps({"model": model, "data": data, "versions": versions}))


if __name__ == "__main__":
    main()
