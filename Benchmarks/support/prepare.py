"""Makes what both sides of dpo_against_trl.py read: a model folder and a file of preferences.

    python prepare.py CONFORMANCE WORK PAIRS PAIRS_PER_STEP MAX_LENGTH

Writes WORK/model (weights drawn from a fixed seed, with the minimind tokenizer), WORK/pairs.jsonl
(the first usable rows of HH harmless-base, in file order) and WORK/prepared.json (what they are).
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerBase

MODEL_SEED = 7


def make_model(conformance: Path, folder: Path) -> dict[str, object]:
    tokenizer = conformance / "tokenizers/minimind"
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    if not settings.get("eos_token"):
        raise SystemExit(f"{tokenizer}/tokenizer_config.json has no eos_token")
    config = LlamaConfig(
        vocab_size=6400,
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    torch.manual_seed(MODEL_SEED)
    model = LlamaForCausalLM(config).float()
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, folder / name)
    return {
        "architecture": "LlamaForCausalLM",
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seed": MODEL_SEED,
    }


@dataclass
class Pair:
    """A row, and the token ids of both its sides, cut to the maximal length."""

    row: dict[str, str]
    prompt_length: int
    chosen: list[int]
    rejected: list[int]

    def trunk_length(self) -> int:
        return common_length(self.chosen, self.rejected)

    def tree_tokens(self) -> int:
        """Tokens left when the common beginning is counted once."""
        return len(self.chosen) + len(self.rejected) - self.trunk_length()


def common_length(a: list[int] | str, b: list[int] | str) -> int:
    for index, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return index
    return min(len(a), len(b))


def usable(row: dict[str, str], tokenizer: PreTrainedTokenizerBase, max_length: int) -> Pair | None:
    """The row as TRL tokenizes it, or nothing for what one of the two sides would refuse or drop."""
    chosen, rejected = row["chosen"], row["rejected"]
    split = common_length(chosen, rejected)
    # A space before the answers belongs to them, as in TRL's extract_prompt.
    if split > 0 and chosen[split - 1] == " ":
        split -= 1
    if split == 0 or not chosen[split:].strip() or not rejected[split:].strip():
        return None

    def ids(text: str) -> list[int]:
        return tokenizer(text)["input_ids"]

    eos = tokenizer.eos_token
    prompt_ids, chosen_ids, rejected_ids = ids(chosen[:split]), ids(chosen + eos), ids(rejected + eos)
    prompt_length = min(common_length(prompt_ids, chosen_ids), common_length(prompt_ids, rejected_ids))
    chosen_ids, rejected_ids = chosen_ids[:max_length], rejected_ids[:max_length]
    if prompt_length == 0 or prompt_length >= max_length or chosen_ids == rejected_ids:
        return None
    return Pair({"chosen": chosen, "rejected": rejected}, prompt_length, chosen_ids, rejected_ids)


def make_data(
    conformance: Path, file: Path, tokenizer: PreTrainedTokenizerBase, count: int, per_step: int, max_length: int
) -> dict[str, object]:
    source = conformance / "prefdata/hh-rlhf_harmless-base_test.jsonl.gz"
    pairs: list[Pair] = []
    read = 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            if len(pairs) == count:
                break
            read += 1
            if pair := usable(json.loads(line), tokenizer, max_length):
                pairs.append(pair)
    if len(pairs) < count:
        raise SystemExit(f"{source} has {len(pairs)} usable rows; {count} are needed: ask for fewer steps")
    with file.open("w", encoding="utf-8") as output:
        for pair in pairs:
            output.write(json.dumps(pair.row, ensure_ascii=False) + "\n")

    steps = [pairs[start : start + per_step] for start in range(0, count, per_step)]
    return {
        "source": source.name,
        "rows": count,
        "rows_left_out": read - count,
        # Tokens of both sides of every pair. Tokens per second are counted in these, for both programs.
        "tokens_per_step": [sum(len(p.chosen) + len(p.rejected) for p in step) for step in steps],
        # The same with the padding that a rectangular batch adds.
        "padded_tokens_per_step": [
            2 * len(step) * max(max(len(p.chosen), len(p.rejected)) for p in step) for step in steps
        ],
        # The same with what both sides of a pair begin with counted once.
        "tree_tokens_per_step": [sum(p.tree_tokens() for p in step) for step in steps],
        # Tokens whose log-probability enters the loss.
        "scored_tokens_per_step": [
            sum(len(p.chosen) + len(p.rejected) - 2 * p.prompt_length for p in step) for step in steps
        ],
    }


def main() -> None:
    conformance, work = Path(sys.argv[1]), Path(sys.argv[2])
    count, per_step, max_length = (int(argument) for argument in sys.argv[3:6])
    model = make_model(conformance, work / "model")
    tokenizer = AutoTokenizer.from_pretrained(work / "model")
    data = make_data(conformance, work / "pairs.jsonl", tokenizer, count, per_step, max_length)
    versions = {name: version(name) for name in ("torch", "trl", "transformers", "accelerate", "tokenizers")}
    (work / "prepared.json").write_text(json.dumps({"model": model, "data": data, "versions": versions}))


if __name__ == "__main__":
    main()
