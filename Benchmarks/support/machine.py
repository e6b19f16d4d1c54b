"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from support.options import CHECKOUT


def machine() -> dict[str, object]:
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
    }


def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        return one_line(["sysctl", "-n", "machdep.cpu.brand_string"])
    return platform.processor() or "unknown CPU"


def one_line(command: list[str]) -> str:
    try:
        output = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=True).stdout
        return output.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def commit() -> str:
    return one_line(["git", "rev-parse", "HEAD"])


def warn_if_busy() -> float:
    """The load of the last minute."""
    busy = os.getloadavg()[0]
    if busy > 1.5:
        print(f"The machine is busy (load {busy:.1f}); the times will not mean much.", file=sys.stderr)
    return busy
