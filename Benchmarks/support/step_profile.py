"""Reads the table that `penchant dpo --profile` prints at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROW = re.compile(r"^(\S.*?)\s{2,}(-?[\d.]+) s\s+(-?[\d.]+) %", re.MULTILINE)


@dataclass
class Part:
    """Seconds of a step, and their share in per cent."""

    seconds: float
    share: float


def parts(text: str) -> dict[str, Part]:
    found = {name: Part(float(seconds), float(share)) for name, seconds, share in ROW.findall(text)}
    if not found:
        raise SystemExit("penchant printed no profile")
    return found


def bound(profile: dict[str, Part]) -> str:
    """What most of a step's time goes to: the largest parts, until three quarters are told."""
    told, words = 0.0, []
    for name, part in sorted(profile.items(), key=lambda item: -item[1].share):
        if told >= 75:
            break
        told += part.share
        words.append(f"{name} {part.share:.0f} %")
    return ", ".join(words)
