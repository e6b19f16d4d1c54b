#!/usr/bin/env python3
"""Makes golden values of what transformers does with logits before a token is drawn.

    python Tools/make_golden_sampling.py [--output Tests/TextGenerationTests/Fixtures/sampling.json]

Needs torch and transformers. The same versions write the same bytes.

Each case has "logits", "tokens" (those that came before), the settings by the names of
generation_config.json, and "allowed": per token its logit behind all steps, null where it is
excluded. "single" holds one step each, "chained" the whole row of steps that generate() makes of
the settings. Logits are multiples of 1/64, so that they are the same in float32 and in text. Some are
equal, but not with top-p: which of equal ones stay then depends on the way torch sorts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import transformers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.generation import logits_process as steps

SEED = 11
VOCABULARY = 40

SINGLE = [
    {"repetition_penalty": 1.3}, {"repetition_penalty": 0.8}, {"temperature": 0.7}, {"temperature": 2.5},
    {"top_k": 1}, {"top_k": 5}, {"top_k": 12}, {"top_k": 39}, {"top_k": 40}, {"top_k": 99},
    {"top_p": 0.0}, {"top_p": 0.1}, {"top_p": 0.5}, {"top_p": 0.9}, {"top_p": 0.99},
    {"min_p": 0.02}, {"min_p": 0.1}, {"min_p": 0.5}, {"min_p": 1.0},
]  # fmt: skip
CHAINED = [
    {"temperature": 0.6, "top_p": 0.9},
    {"temperature": 1.4, "top_k": 10, "min_p": 0.05},
    {"repetition_penalty": 1.2, "temperature": 0.8, "top_k": 20, "top_p": 0.8, "min_p": 0.1},
    {"repetition_penalty": 1.05, "temperature": 0.3, "top_k": 3, "top_p": 0.95},
    {"repetition_penalty": 2.0, "top_p": 0.6, "min_p": 0.2},
]


def single(settings: dict[str, float]) -> list[object]:
    makers = {
        "repetition_penalty": steps.RepetitionPenaltyLogitsProcessor,
        "temperature": steps.TemperatureLogitsWarper,
        "top_k": steps.TopKLogitsWarper,
        "top_p": steps.TopPLogitsWarper,
        "min_p": steps.MinPLogitsWarper,
    }
    return [makers[key](value) for key, value in settings.items()]


def chained(settings: dict[str, float]) -> list[object]:
    """The steps that generate() itself puts together."""
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1
    ))  # fmt: skip
    config = GenerationConfig(do_sample=True, **({"top_k": 0} | settings))
    config._eos_token_tensor = None
    return model._get_logits_processor(config, input_ids_seq_length=4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--output", type=Path, default=root / "Tests/TextGenerationTests/Fixtures/sampling.json")
    output: Path = parser.parse_args().output
    generator = torch.Generator().manual_seed(SEED)
    groups: dict[str, list[dict]] = {}
    for group, all_settings, make in (("single", SINGLE, single), ("chained", CHAINED, chained)):
        for settings in all_settings:
            logits = (torch.randn(VOCABULARY, generator=generator) * 2 * 64).round() / 64
            if "top_p" not in settings:
                logits[7] = logits[31]
                logits[2] = logits[logits.argmax()]
            tokens = torch.randint(VOCABULARY, (6,), generator=generator)
            scores = logits[None].clone()
            for step in make(settings):
                scores = step(tokens[None], scores)
            groups.setdefault(group, []).append(
                {
                    "settings": settings,
                    "tokens": tokens.tolist(),
                    "logits": logits.tolist(),
                    "allowed": [None if x == -torch.inf else x for x in scores[0].tolist()],
                }
            )
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    golden = {"made_by": "Tools/make_golden_sampling.py", "seed": SEED} | versions | groups
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
