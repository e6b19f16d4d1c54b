"""The cases of dpo_against_trl.py: models, rows and settings."""

from __future__ import annotations

from dataclasses import dataclass

# Each with the tokenizer of the conformance material that it has, and its configuration.
MODELS: dict[str, tuple[str, dict[str, object]]] = {
    "llama": (
        "minimind",
        {
            "model_type": "llama",
            "vocab_size": 6400,
            "hidden_size": 512,
            "intermediate_size": 1408,
            "num_hidden_layers": 8,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "max_position_embeddings": 2048,
            "tie_word_embeddings": True,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": 0,
        },
    ),
    # GPT-2 small is what transformers' configuration describes where nothing is said.
    "gpt2": ("gpt2", {"model_type": "gpt2"}),
    "qwen-0.5b": (
        "qwen2.5",
        {
            "model_type": "qwen2",
            "vocab_size": 151_936,
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "max_position_embeddings": 32_768,
            "rope_theta": 1_000_000.0,
            "rms_norm_eps": 1e-6,
            "tie_word_embeddings": True,
            "bos_token_id": 151_643,
            "eos_token_id": 151_645,
        },
    ),
}


# What an assistant may be told before each conversation, some 180 tokens.
SYSTEM_PROMPT = """You are the assistant of a small town's library. People write to you about books, opening \
hours, lost cards, rooms for meetings and the programme for children. Answer in full sentences and in the language \
of the question. Be friendly, and be brief: three sentences are enough for most questions. Where you do not know \
something, say so and name who does. Never give out what the library knows about other people, and do not give \
advice on medicine, law or money; say whom to ask. Books that the library does not have can be ordered from others, \
which takes a week. If somebody is rude, stay polite. If somebody is in danger, give the number of the emergency \
services first."""


@dataclass(frozen=True)
class Case:
    about: str
    model: str = "llama"
    # Rows of HH harmless-base in file order: those whose prompt has so many tokens.
    least_prompt: int = 1
    most_prompt: int | None = None
    # Answers of a prompt. More than 2: TRL sees every two of them as a row.
    answers: int = 2
    # Whether penchant sees all answers of a prompt as one row, and not pair by pair.
    is_ranking: bool = False
    # What stands before each prompt.
    system: str = ""
    prompts_per_step: int = 8
    max_length: int = 512
    # Steps of a run, where nothing else is asked for.
    steps: int = 6
    # Reference log-probabilities are computed once: by TRL before the first step, by penchant in the
    # first pass over the rows.
    is_cached: bool = False
    # penchant keeps what is trained in a file.
    offloads: bool = False
    lora: bool = False
    # What else penchant is told.
    flags: tuple[str, ...] = ()

    @property
    def pairs_per_prompt(self) -> int:
        return self.answers * (self.answers - 1) // 2

    @property
    def passes(self) -> int:
        """Over the rows; what is kept is of use in the second."""
        return 2 if self.is_cached else 1

    @property
    def pairs_per_step(self) -> int:
        return self.prompts_per_step * self.pairs_per_prompt


CASES: dict[str, Case] = {
    "base": Case("all weights"),
    "gpt2": Case("GPT-2 124M", model="gpt2", steps=4),
    "qwen-0.5b": Case("Qwen2.5-0.5B's shape", model="qwen-0.5b", prompts_per_step=2, steps=4),
    "qwen-0.5b-offload": Case(
        "the same, all that is trained in a file", model="qwen-0.5b", prompts_per_step=2, steps=4, offloads=True
    ),
    "qwen-0.5b-cached": Case(
        "the same, reference log-probabilities kept", model="qwen-0.5b", prompts_per_step=2, steps=4, is_cached=True
    ),
    "lora": Case("LoRA, rank 16, all linear layers", lora=True),
    "cached": Case("reference log-probabilities kept", is_cached=True),
    "long-prompts": Case("prompts of 384 tokens and more", least_prompt=384, max_length=1024),
    "short-prompts": Case("prompts of 32 tokens and less", most_prompt=32),
    "system-prompt": Case("the same system prompt before each prompt", system=SYSTEM_PROMPT, max_length=1024),
    "four": Case(
        "4 answers of a prompt, 6 pairs",
        answers=4,
        is_ranking=True,
        prompts_per_step=2,
        flags=("--loss", "all_pairs"),
    ),
    "ranked": Case(
        "7 ranked answers of a prompt, 21 pairs", answers=7, prompts_per_step=1, flags=("--group-by-prompt",)
    ),
}
