#!/usr/bin/env python3
"""Measures what transformers' dropout does to the tiny models of Tests/LanguageModelsTests/Fixtures.

    python Tools/make_golden_dropout.py [--output Tests/LanguageModelsTests/Fixtures/dropout.json]

Needs torch and transformers. Masks differ between implementations; what follows from where a model
drops, and how much, is the distribution of its log-probabilities. Per model and key of config.json,
set to SHARE with all other dropouts at 0: mean and standard deviation of the log-probability of each
of TOKENS but the first, over ROWS rows of one batch in training mode, each with masks of its own.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import transformers

SEED = 7
SHARE = 0.3
ROWS = 40_000
TOKENS = [3, 17, 5, 29, 11, 2, 23, 8]
CASES = {
    "gpt2": ["embd_pdrop", "attn_pdrop", "resid_pdrop"],
    "llama-tiny": ["attention_dropout"],
    "phi3": ["attention_dropout", "resid_pdrop"],
    "gemma2": ["attention_dropout"],
    "mixtral": ["attention_dropout"],
}


def measure(folder: Path, keys: list[str], key: str) -> dict:
    settings = {other: SHARE if other == key else 0.0 for other in keys}
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **settings
    )
    torch.manual_seed(SEED)
    model.train()
    ids = torch.tensor([TOKENS] * 2000)
    parts = []
    with torch.no_grad():
        for _ in range(ROWS // len(ids)):
            logits = model(input_ids=ids).logits[:, :-1].double()
            parts.append(logits.log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1))
    values = torch.cat(parts)
    return dict(
        model=folder.name,
        key=key,
        mean=values.mean(0).tolist(),
        deviation=values.std(0).tolist(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default="Tests/LanguageModelsTests/Fixtures/dropout.json")
    output = parser.parse_args().output
    fixtures = Path(__file__).resolve().parents[1] / "Tests/LanguageModelsTests/Fixtures"
    result = dict(
        versions=dict(torch=torch.__version__, transformers=transformers.__version__),
        seed=SEED,
        rows=ROWS,
        share=SHARE,
        tokens=TOKENS,
        cases=[measure(fixtures / name, keys, key) for name, keys in CASES.items() for key in keys],
    )
    output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
