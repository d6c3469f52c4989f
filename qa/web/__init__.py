"""The web chat. Nothing outside this package knows what it is made with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index import Library
    from qa.following import Following
    from qa.settings import QASettings

__all__ = ["serve", "serving"]


def serve(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    settings: QASettings | None = None,
    following: Following | None = None,
    root_path: str = "",
) -> None:
    """Serve the web chat over ``library`` until Ctrl-C; prints its address once it answers.

    Args:
        library: an open library. The page shows what it holds at the time of each question.
        host: the address to listen on; the default is reached from this machine only.
        port: 0 takes any free one.
        settings: from the environment where left out.
        following: what keeps the library in line with its folder, for the page to show; left out, nothing does but
            after a file was added through the page.
        root_path: where a reverse proxy shows the page: its path there, or better the whole address.

    Raises:
        QAError: the address cannot be listened at, or others reach it and there are no users; or a setting has a value
            that it cannot have.
    """
    from qa.settings import load_settings
    from qa.web.server import Running

    running = Running(
        library, host=host, port=port, settings=settings or load_settings(), following=following, root_path=root_path
    )
    try:
        shown = f", shown at {running.shown}" if running.shown else ""
        running.run(lambda: print(f"Footnote is at {running.address}{shown} (Ctrl-C stops it)", flush=True))
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)


@contextmanager
def serving(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    settings: QASettings | None = None,
    following: Following | None = None,
    root_path: str = "",
) -> Iterator[str]:
    """Serve from another thread while the block lasts; gives the address. For notebooks and tests.

    Raises:
        QAError: as ``serve``.
    """
    from qa.settings import load_settings
    from qa.web.server import Running

    running = Running(
        library, host=host, port=port, settings=settings or load_settings(), following=following, root_path=root_path
    )
    with running.in_background():
        yield running.address
