"""Many people at the page at once: time to the first words, errors, and memory before and after.

    python -m tests.bench.load [--people 50] [--seconds 120] [--think 10]

Everybody has a session of their own, over HTTP as the page's script does: it keeps the connection that says that the
page is open, asks each second whether something has changed, and asks a question, in a new conversation, some seconds
after it has the answer to the one before, as long as it takes to read it. A scripted model writes a word each 20 ms.
One person alone is measured first: the ratio is what counts. ``--think 0`` lets everybody ask again at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
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
WRITTEN = (
    "The deployment could grow to a total of 12,000 soldiers across four brigades [1]. It began with a group of about "
    "1,500 members of the special forces, who were sent to Russia to be trained [1]. South Korea and the United States "
    "take the matter seriously, for it ties two conflicts together [1]."
)
REPLY = tuple(f"{word} " for word in WRITTEN.split())
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
    parser.add_argument("--think", type=float, default=10, help="seconds in the mean that somebody reads an answer")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        model = stack.enter_context(ModelServer())
        settings = {
            "INDEX_PATH": folder,
            "OPENAI_BASE_URL": model.url,
            "QA_MODEL": "test-model",
            "QA_QUESTIONS_PER_MINUTE": "100000",  # all come from one address
        }
        address, process = stack.enter_context(served(SEEDS, **settings))
        model.then(*[Behaviour(pieces=REPLY, delay=DELAY)] * 20_000)
        asyncio.run(everybody(address, 1, 10, 0))  # whatever is loaded once is loaded
        before = resident(process.pid)
        alone = asyncio.run(everybody(address, 1, 20, 0))
        together = asyncio.run(everybody(address, options.people, options.seconds, options.think))
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


async def everybody(address: str, people: int, seconds: float, think: float) -> Seen:
    """So many people for so long, each of whom reads an answer for 0.5 to 1.5 times ``think`` seconds."""
    seen = Seen()
    end = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=4 * people + 2, max_keepalive_connections=2 * people)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits, trust_env=False) as client:
        config = (await client.get("/config")).json()
        known = [each for each in config["dependencies"] if each["backend_fn"]]
        named = {target[1]: each["id"] for each in known for target in each["targets"]}
        functions = named["submit"], named["fresh"]
        await asyncio.gather(*(person(client, functions, end, seen, think) for _ in range(people)))
    return seen


async def person(client: httpx.AsyncClient, functions: tuple[int, int], end: float, seen: Seen, think: float) -> None:
    """Has the page open, as a browser does, and asks until the time is over; then closes it."""
    session = secrets.token_hex(6)
    async with client.stream("GET", f"/gradio_api/heartbeat/{session}") as heart:
        heart.raise_for_status()
        looking = asyncio.create_task(look(client))
        try:
            await asyncio.sleep(think * random.random())  # not all come in the same moment
            while time.monotonic() < end:
                try:
                    await ask(client, functions[0], session, seen)
                    await asyncio.sleep(think * random.uniform(0.5, 1.5))
                    body = {"data": [None], "fn_index": functions[1], "session_hash": session, "trigger_id": None}
                    (await client.post("/gradio_api/run/predict", json=body)).raise_for_status()
                except Exception as exc:
                    seen.errors.append(repr(exc))
                    await asyncio.sleep(0.5)
        finally:
            looking.cancel()


async def look(client: httpx.AsyncClient) -> None:
    """Asks each second whether something has changed."""
    while True:
        (await client.get("/changes")).raise_for_status()
        await asyncio.sleep(1)


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
            if first is None and "The deployment" in line:
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
