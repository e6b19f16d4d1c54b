#!/usr/bin/env python3
"""Makes greedy continuations of the tiny models of Tests/LanguageModelsTests/Fixtures.

    python Tools/make_golden_generation.py [--output Tests/TextGenerationTests/Fixtures/greedy.json]

Needs torch, transformers and safetensors; the models are those of make_golden_models.py beside this
file. The same versions write the same bytes.

Per model a list of {"prompt", "tokens", "penalized"}: token ids of the prompt, of its greedy
continuation by generate(), and of that with a repetition penalty of PENALTY. Computed in float64, as
the models' other golden values; no chosen logit is nearer to the next than MARGIN, so that float32
chooses the same. Models with dynamic rotary frequencies generate without a cache: with one,
transformers keeps keys that were turned by the frequencies of a shorter sequence.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parent))
import make_golden_models as models  # noqa: E402

NEW_TOKENS = 10
PENALTY = 1.5
MARGIN = 5e-5


def continuation(model: torch.nn.Module, prompt: list[int], **settings: object) -> list[int]:
    models.reset_rotary(model)
    dynamic = "dynamic" in json.dumps(model.config.to_dict().get("rope_parameters"))
    result = model.generate(
        torch.tensor([prompt]),
        do_sample=False,
        max_new_tokens=NEW_TOKENS,
        eos_token_id=None,
        use_cache=not dynamic,
        output_scores=True,
        return_dict_in_generate=True,
        **settings,
    )
    for scores in result.scores:
        best, second = scores[0].topk(2).values.tolist()
        if best - second < MARGIN:
            raise SystemExit(f"{model.config.model_type}: a choice by only {best - second:.1e}")
    return result.sequences[0, len(prompt) :].tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--output", type=Path, default=root / "Tests/TextGenerationTests/Fixtures/greedy.json")
    output: Path = parser.parse_args().output
    transformers.logging.set_verbosity_error()
    policies = {name: models.make_model(case, models.POLICY_SEED) for name, case in models.CASES.items()}
    models.use_double()
    golden: dict[str, list[dict[str, list[int]]]] = {}
    for name, policy in policies.items():
        policy = policy.double()
        policy.generation_config.eos_token_id = None
        pairs = models.make_pairs(policy.config.vocab_size)
        # Shorter and longer than the windows, and than where rotary positions change.
        prompts = [[1], pairs[0]["prompt"], pairs[2]["prompt"] + pairs[2]["chosen"][:4], pairs[1]["prompt"]]
        with torch.no_grad():
            golden[name] = [
                {
                    "prompt": prompt,
                    "tokens": continuation(policy, prompt),
                    "penalized": continuation(policy, prompt, repetition_penalty=PENALTY),
                }
                for prompt in prompts
            ]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    about = {"made_by": "Tools/make_golden_generation.py", "seed": models.POLICY_SEED} | versions
    output.write_text(json.dumps(about | {"penalty": PENALTY, "models": golden}) + "\n")


if __name__ == "__main__":
    main()
