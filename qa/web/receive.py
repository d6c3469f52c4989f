"""The door for files that are added through the page."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LibraryError
from index.library import Library
from index.readers.options import MEGABYTE, ReadOptions
from qa.errors import QAError
from qa.following import Following
from qa.settings import QASettings
from qa.uploads import Uploads
from qa.web.markup import without_paths

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/upload"
"""Below the page's own address."""

_TICKETS = 10_000
"""Browsers that may add files at the same time; of more, those that came first must open the list again."""

_IN_ALL = 50
"""How many of the largest files may be added, all together: a shared page is not to fill its machine's disk."""

_CHECKED_AT_ONCE = 2
_FAILED = "The file could not be taken. The terminal where Footnote runs says why."

_log = logging.getLogger(__name__)


class Receiver:
    """Takes files into the folder of uploads, from those who were shown the list of documents."""

    def __init__(self, library: Library, settings: QASettings, following: Following) -> None:
        self._library = library
        self._following = following
        self._tickets: OrderedDict[str, None] = OrderedDict()
        self._checking = asyncio.Semaphore(_CHECKED_AT_ONCE)
        self.most = min(settings.max_upload_mb, library.settings.max_file_mb) * MEGABYTE
        """Bytes of a file at most; 0 where nothing is taken."""

    def ticket(self, before: str = "") -> str:
        """What a browser must show to add files: the one it had before, as long as that is good. No other page can
        know it."""
        if before in self._tickets:
            return before
        ticket = secrets.token_urlsafe(18)
        self._tickets[ticket] = None
        if len(self._tickets) > _TICKETS:
            self._tickets.popitem(last=False)
        return ticket

    def remove(self, document: str) -> None:
        """Delete an uploaded file.

        Raises:
            QAError: it was not uploaded, or cannot be deleted.
            LibraryError: the library cannot be read.
        """
        if not self.most:
            raise QAError("Files are neither added nor removed here: QA_MAX_UPLOAD_MB is 0.")
        self._uploads().remove(document)
        self._following.wake()

    async def receive(self, request: Request) -> Response:
        """Answers ``POST /upload?name=…`` with the file as body: ``{"name"}`` or ``{"error"}``."""
        from starlette.requests import ClientDisconnect
        from starlette.responses import JSONResponse, Response

        if request.headers.get("x-ticket", "") not in self._tickets:
            return JSONResponse({"error": "Close the list of documents, open it again, and add the file then."}, 403)
        try:
            name = await self._take(request)
        except (QAError, LibraryError) as exc:
            return JSONResponse({"error": without_paths(str(exc))}, 400)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            _log.exception("While a file was added")
            return JSONResponse({"error": _FAILED}, 500)
        self._following.wake()
        return JSONResponse({"name": name})

    async def _take(self, request: Request) -> str:
        name = request.query_params.get("name", "")
        uploads = await asyncio.to_thread(self._uploads)
        length = request.headers.get("content-length", "")
        self._refuse_large(name, int(length) if length.isdecimal() else 0)
        size = 0
        with uploads.incoming(name) as (path, out):
            async for block in request.stream():
                size += len(block)
                self._refuse_large(name, size)
                out.write(block)
            out.flush()
            await asyncio.to_thread(os.fsync, out.fileno())
            async with self._checking:
                return await asyncio.to_thread(uploads.keep, path, name)

    def _refuse_large(self, name: str, size: int) -> None:
        if size > self.most:
            raise QAError(
                f"{name!r} was not added: it is larger than {self.most // MEGABYTE:,} MB, the most that is taken here. "
                "Put it into the folder of documents instead."
            )

    def _uploads(self) -> Uploads:
        folder = self._library.status().folder
        if folder is None:
            raise QAError("Nothing can be added yet: sync a folder of documents first.")
        return Uploads(Path(folder), ReadOptions.of(self._library.settings), most=_IN_ALL * self.most)
