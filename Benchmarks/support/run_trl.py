"""One run of TRL's DPOTrainer, for dpo_against_trl.py: the settings come as JSON, the steps go to a file.

TRL is set up as well as it can be on a CPU: no gradient checkpointing, no evaluation, no saving, no
trackers, no progress bar, the fused AdamW, the attention that transformers picks (sdpa), no worker
processes. Everything that is not named here is TRL's default. So the reference is a second copy of
the model, and each step runs it forward, where the case does not ask for precompute_ref_log_probs.
With LoRA it is the model without the adapter; the adapter's first weights are penchant's, for they
are drawn, and losses are to be compared.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl import DPOConfig, DPOTrainer


FIRST_STEP = "the first step begins"


class StepLog(TrainerCallback):
    """Wall time and metrics of every step. A step lasts from the end of the one before to its own end."""

    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []
        self.last = 0.0

    def on_train_begin(self, *_: object, **__: object) -> None:
        self.last = time.perf_counter()

    def on_step_begin(self, *_: object, **__: object) -> None:
        if not self.steps:
            # dpo_against_trl.py looks at its clock when this line comes.
            print(FIRST_STEP, flush=True)

    def on_step_end(self, *_: object, **__: object) -> None:
        now = time.perf_counter()
        self.steps.append({"seconds": now - self.last})
        self.last = now

    def on_log(self, args: object, state: object, control: object, logs: dict[str, float], **_: object) -> None:
        # The last log is a summary of the run, not of a step.
        if "loss" in logs and "train_runtime" not in logs:
            self.steps[-1] |= logs


def lora_config() -> object:
    """As `penchant dpo --lora` has it where nothing else is said."""
    from peft import LoraConfig

    return LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear")


def load_adapter(model: object, folder: Path) -> None:
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    result = set_peft_model_state_dict(model, load_file(folder / "adapter_model.safetensors"))
    if result.unexpected_keys:
        raise SystemExit(f"peft has no such weights: {result.unexpected_keys[:3]}")


def main() -> None:
    settings = json.loads(sys.argv[1])
    torch.set_num_threads(settings["threads"])
    rows = [json.loads(line) for line in Path(settings["data"]).read_text(encoding="utf-8").splitlines()]
    arguments = DPOConfig(
        output_dir=settings["output"],
        # What both sides are given.
        per_device_train_batch_size=settings["pairs_per_step"],
        gradient_accumulation_steps=1,
        max_steps=settings["steps"],
        max_length=settings["max_length"],
        precompute_ref_log_probs=settings["is_cached"],
        beta=settings["beta"],
        learning_rate=settings["learning_rate"],
        lr_scheduler_type="linear",
        warmup_steps=0,
        weight_decay=0.0,
        max_grad_norm=settings["max_grad_norm"],
        optim="adamw_torch_fused",
        seed=settings["seed"],
        train_sampling_strategy="sequential",
        bf16=settings["dtype"] == "bfloat16",
        # What would only slow it down.
        use_cpu=True,
        gradient_checkpointing=False,
        eval_strategy="no",
        save_strategy="no",
        logging_steps=1,
        report_to="none",
        disable_tqdm=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
    )
    log = StepLog()
    trainer = DPOTrainer(
        model=settings["model"],
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(settings["model"]),
        callbacks=[log],
        peft_config=lora_config() if settings["lora"] else None,
    )
    if settings["adapter"]:
        load_adapter(trainer.model, Path(settings["adapter"]))
    if len(trainer.train_dataset) != len(rows):
        raise SystemExit(f"TRL dropped {len(rows) - len(trainer.train_dataset)} of {len(rows)} rows")
    trainer.train()
    result = {
        "steps": log.steps,
        "threads": torch.get_num_threads(),
        "attention": trainer.model.config._attn_implementation,
        "parameter_dtype": str(trainer.model.dtype),
        "optimizer": type(trainer.optimizer.optimizer).__name__,
        "fused": trainer.optimizer.optimizer.defaults.get("fused"),
    }
    Path(settings["result"]).write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
