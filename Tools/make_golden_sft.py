#!/usr/bin/env python3
"""Makes a tiny model and what TRL's SFTTrainer makes of some rows with it.

    python Tools/make_golden_sft.py [--output Tests/PreferenceOptimizationTests/Fixtures/sft]

Needs torch, transformers, tokenizers, datasets and trl. The same versions give the same numbers.

    model/            a Llama of 2 layers, 32 wide, with a byte-level tokenizer and a chat template
    FORM.jsonl        the rows: text, completion (strings), turns (conversational), messages
    FORM.tokens.jsonl per row input_ids and labels (-100 where a token is not scored), as trained on
    masked.tokens.jsonl  the same of messages with assistant_only_loss
    completion.log.jsonl loss, entropy, ... of every step of a run on completion.jsonl
    accumulated.log.jsonl the same with the step in two micro-batches, of whose entropy and accuracy
                      TRL logs the mean of means
    final/            the weights after the first run
    run.json          its settings and the versions
"""

from __future__ import annotations

import argparse
import json
import shutil
from importlib.metadata import version
from pathlib import Path

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.utils.data import SequentialSampler
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import SFTConfig, SFTTrainer

SEED = 7
MAX_LENGTH = 48
SETTINGS = {
    "max_steps": 8,
    "learning_rate": 1e-3,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 1,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    "lr_scheduler_type": "linear",
}

# The answer's turns are marked with what closes them.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>\n"
    "{% endgeneration %}{% else %}{{ message.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

NUMBERS = ["nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def rows() -> dict[str, list[dict[str, object]]]:
    text, completion, turns, messages = [], [], [], []
    for number, word in enumerate(NUMBERS):
        question = f"What comes after {word}?"
        answer = f"{NUMBERS[(number + 1) % 10]}" + (", then more" * (number % 3))
        text.append({"text": f"{question} {answer}" + ("</s>" if number % 4 == 0 else "")})
        # Some prompts end in a blank that the tokenizer joins with the answer's first letter.
        blank = number % 2 == 0
        completion.append(
            {
                "prompt": question + (" " if blank else ""),
                "completion": ("" if blank else " ") + answer + ("</s>" if number % 4 == 0 else ""),
            }
        )
        user = {"role": "user", "content": question}
        assistant = {"role": "assistant", "content": answer}
        turns.append({"prompt": [user], "completion": [assistant]})
        messages.append(
            {
                "messages": [
                    {"role": "user", "content": "Count."},
                    {"role": "assistant", "content": word},
                    {"role": "user", "content": "On."},
                    assistant,
                ]
            }
        )
    return {"text": text, "completion": completion, "turns": turns, "messages": messages}


def make_model(folder: Path, texts: list[str]) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=["<s>", "</s>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(SEED)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=320,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=256,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )
    # Larger than at a model's beginning, so that differences show.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(5)
    model.save_pretrained(folder)


class InOrder(SFTTrainer):
    """Takes the rows in the file's order."""

    def _get_train_sampler(self, *_: object) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


def trainer(folder: Path, data: list[dict[str, object]], scratch: Path, **more: object) -> InOrder:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    return InOrder(
        model=LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32),
        args=SFTConfig(
            output_dir=str(scratch),
            max_length=MAX_LENGTH,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            logging_steps=1,
            report_to=[],
            save_strategy="no",
            optim="adamw_torch",
            seed=SEED,
            disable_tqdm=True,
            **(SETTINGS | more),
        ),
        train_dataset=Dataset.from_list(data),
        processing_class=tokenizer,
    )


def write(path: Path, values: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))


def train(sft: InOrder, log: Path) -> None:
    names = ["step", "loss", "grad_norm", "learning_rate", "entropy", "mean_token_accuracy", "num_tokens"]
    sft.train()
    write(
        log,
        [{name: entry[name] for name in names} for entry in sft.state.log_history if "loss" in entry],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=Path("Tests/PreferenceOptimizationTests/Fixtures/sft")
    )
    output = parser.parse_args().output
    shutil.rmtree(output, ignore_errors=True)
    folder = output / "model"
    folder.mkdir(parents=True)
    forms = rows()
    texts = [row["text"] for row in forms["text"]]
    make_model(folder, [text.removesuffix("</s>") for text in texts])
    scratch = output / "scratch"

    for form, data in forms.items():
        write(output / f"{form}.jsonl", data)
        sft = trainer(folder, data, scratch)
        write(output / f"{form}.tokens.jsonl", list(sft.train_dataset.select_columns(["input_ids", "labels"])))
    masked = trainer(folder, forms["messages"], scratch, assistant_only_loss=True)
    write(output / "masked.tokens.jsonl", list(masked.train_dataset.select_columns(["input_ids", "labels"])))

    sft = trainer(folder, forms["completion"], scratch)
    train(sft, output / "completion.log.jsonl")
    sft.model.save_pretrained(output / "final")
    for name in ["config.json", "generation_config.json"]:
        (output / "final" / name).unlink(missing_ok=True)
    sft = trainer(
        folder,
        forms["completion"],
        scratch,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=2,
    )
    train(sft, output / "accumulated.log.jsonl")
    shutil.rmtree(scratch, ignore_errors=True)
    packages = ["trl", "transformers", "torch", "tokenizers", "datasets"]
    (output / "run.json").write_text(
        json.dumps(
            SETTINGS | {"max_length": MAX_LENGTH, "versions": {name: version(name) for name in packages}},
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
