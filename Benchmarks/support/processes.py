"""Runs a program: what it says and when, how long it takes, and how much memory; one that takes too much is ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

# How often a process's memory is looked at.
SECONDS_BETWEEN_LOOKS = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")
# Beyond this a machine without swap begins to read the pages of programs again and again.
MEMORY_LIMIT = 0.9 * PAGE * os.sysconf("SC_PHYS_PAGES")


@dataclass
class Finished:
    seconds: float
    # Resident memory at its highest, as the kernel counted it.
    peak_bytes: int
    # The same without pages of files, as it was seen; 0 where the system does not tell.
    anonymous_bytes: int = 0
    # The lines of standard output: seconds from the start, and the text.
    lines: list[tuple[float, str]] = field(default_factory=list)


class DidNotFit(SystemExit):
    """A process was ended because of its memory."""


def run_process(
    command: list[str],
    log: Path,
    threads: int,
    environment: dict[str, str] | None = None,
    memory_limit: float = MEMORY_LIMIT,
) -> Finished:
    """Runs a command to its end, its output in a file; a failure ends this program.

    Raises DidNotFit where it took more memory than it may."""
    variables = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(log.parent / "datasets-cache"),
    }
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=output, env=variables | (environment or {}), cwd=log.parent
        )
        try:
            prefer_to_end(process.pid)
            finished = followed(process, start, output, memory_limit)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode == -signal.SIGKILL:
        raise DidNotFit(f"needs more than {memory_limit / 1e9:.1f} GB: {' '.join(command)}")
    if process.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise SystemExit(f"{tail}\n\nfailed with {process.returncode}: {' '.join(command)}\nits output: {log}")
    return finished


def followed(process: subprocess.Popen, start: float, output: BinaryIO, memory_limit: float) -> Finished:
    lines: list[tuple[float, str]] = []
    anonymous, rest = 0, b""
    while True:
        ready, _, _ = select.select([process.stdout], [], [], SECONDS_BETWEEN_LOOKS)
        now = time.perf_counter() - start
        resident, without_files = memory(process.pid)
        anonymous = max(anonymous, without_files)
        if resident > memory_limit:
            process.kill()
        if not ready:
            continue
        data = os.read(process.stdout.fileno(), 1 << 16)
        if not data:
            break
        output.write(data)
        *whole, rest = (rest + data).split(b"\n")
        lines += [(now, line.decode(errors="replace")) for line in whole]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return Finished(seconds, usage.ru_maxrss * unit, anonymous, lines)


def memory(pid: int) -> tuple[int, int]:
    """Bytes resident now, and those of them that are of no file; zeros where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0, 0
    return int(pages[1]) * PAGE, (int(pages[1]) - int(pages[2])) * PAGE


def prefer_to_end(pid: int) -> None:
    """Where memory runs out all the same, the kernel is to end this process and no other."""
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    except OSError:
        pass
