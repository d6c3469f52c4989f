"""Many people at the page at once: time to the first words, errors, and memory before and after.

    python -m tests.bench.load [--people 50] [--seconds 120]

Everybody has a session of their own and asks again as soon as the answer is there, over HTTP as the page's script does.
A scripted model writes a piece each 20 ms. One person alone is measured first: the ratio is what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from tests.command import served
from tests.model_server import Behaviour, ModelServer

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
QUESTION = "How many soldiers could the deployment grow to in total?"
REPLY = (
    "The deployment could grow to a total of 12,000 soldiers [1]. ",
    *["They would serve in four brigades [1]. "] * 40,
)
DELAY = 0.02


@dataclass(slots=True)
class Seen:
    """What all people together saw."""

    first: list[float] = field(default_factory=list)
    """Seconds from the question to the first words of its answer."""

    whole: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        model = stack.enter_context(ModelServer())
        settings = {"INDEX_PATH": folder, "OPENAI_BASE_URL": model.url, "QA_MODEL": "test-model"}
        address, process = stack.enter_context(served(SEEDS, **settings))
        model.then(*[Behaviour(pieces=REPLY, delay=DELAY)] * 20_000)
        asyncio.run(everybody(address, 1, 10))  # whatever is loaded once is loaded
        before = resident(process.pid)
        alone = asyncio.run(everybody(address, 1, 20))
        together = asyncio.run(everybody(address, options.people, options.seconds))
        time.sleep(20)
        after = resident(process.pid)
    for name, seen in (("alone", alone), (f"{options.people} people", together)):
        print(
            f"{name:<12} {len(seen.whole):>5} answers, first words p50 {median(seen.first):.2f} s p95 "
            f"{p95(seen.first):.2f} s, whole p95 {p95(seen.whole):.2f} s, {len(seen.errors)} errors"
        )
    for error in together.errors[:5]:
        print("error:", error)
    print(f"p95 of the first words: {p95(together.first) / p95(alone.first):.2f} times that alone")
    print(f"memory: {before / 2**20:.0f} MB before, {after / 2**20:.0f} MB after ({after / before - 1:+.0%})")


def p95(values: list[float]) -> float:
    """In seconds; the 95th of a hundred."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


async def everybody(address: str, people: int, seconds: float) -> Seen:
    """So many people for so long."""
    seen = Seen()
    end = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=2 * people + 2, max_keepalive_connections=people)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits, trust_env=False) as client:
        config = (await client.get("/config")).json()
        function = next(
            each["id"]
            for each in config["dependencies"]
            if each["api_name"] == "ask" or [target[1] for target in each["targets"]][:1] == ["submit"]
        )
        await asyncio.gather(*(person(client, function, end, seen) for _ in range(people)))
    return seen


async def person(client: httpx.AsyncClient, function: int, end: float, seen: Seen) -> None:
    """Asks until the time is over, each question in a conversation of its own."""
    while time.monotonic() < end:
        try:
            await ask(client, function, secrets.token_hex(6), seen)
        except Exception as exc:
            seen.errors.append(repr(exc))
            await asyncio.sleep(0.5)


async def ask(client: httpx.AsyncClient, function: int, session: str, seen: Seen) -> None:
    began = time.monotonic()
    body = {"data": [QUESTION, None], "fn_index": function, "session_hash": session, "trigger_id": None}
    joined = await client.post("/gradio_api/queue/join", json=body)
    joined.raise_for_status()
    first = None
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            if not line.startswith("data:"):
                continue
            message: dict[str, Any] = json.loads(line[5:])
            if first is None and "12,000" in line:
                first = time.monotonic() - began
            if message["msg"] == "process_completed":
                if not message["success"] or first is None:
                    raise RuntimeError(line[:200])
                break
    seen.first.append(first or 0.0)
    seen.whole.append(time.monotonic() - began)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
