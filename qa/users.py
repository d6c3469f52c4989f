"""Who may use the page: names with hashed passwords, in a small file that only its owner may read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from qa.errors import QAError

FILE = "users"
"""In the library's folder."""

_COST, _BLOCK, _LANES = 2**15, 8, 1
"""Parameters of scrypt (RFC 7914): 32 MB and about a tenth of a second a guess."""

_SHORTEST = 8
_LONGEST = 1024
_NAME = re.compile(r"[\w.@+-]{1,64}")


class Users:
    """The file's people. It is read anew at each question, so a change needs no restart.

    A line is ``name:scrypt:cost:block:lanes:salt:hash``, salt and hash in base64.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, str] = {}
        self._read_at: tuple[int, int, int] | None = None

    def names(self) -> list[str]:
        """In the order of the file; none where there is no file. Raises QAError."""
        return list(self._read())

    def add(self, name: str, password: str) -> None:
        """Let somebody in, or give them another password. Raises QAError."""
        if not _NAME.fullmatch(name):
            raise QAError(f"{name!r} cannot be a name: up to 64 letters, digits and any of . _ @ + - make one.")
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise QAError(f"A password has {_SHORTEST} to {_LONGEST:,} characters.")
        self._write({**self._read(), name: _hashed(password)})

    def remove(self, name: str) -> None:
        """Let somebody in no longer. Raises QAError."""
        people = dict(self._read())
        if name not in people:
            raise QAError(f"There is no user {name!r}. `footnote user list` names them.")
        del people[name]
        self._write(people)

    def check(self, name: str, password: str) -> bool:
        """Whether this is somebody's name and their password. Takes as long for names that nobody has."""
        try:
            kept = self._read().get(name, "")
        except QAError:
            kept = ""
        known = _parsed(kept) or _NOBODY
        given = _scrypt(password[:_LONGEST], known[3], known[:3])
        return hmac.compare_digest(given, known[4]) and known is not _NOBODY

    def kept(self, name: str) -> str:
        """What stands of somebody: another text once they have another password, and empty for nobody. Asked often.

        Raises:
            QAError: the file cannot be read.
        """
        return self._read().get(name, "")

    def _read(self) -> dict[str, str]:
        try:
            now = self.path.stat()  # a change is a new file
            if self._read_at == (now.st_ino, now.st_mtime_ns, now.st_size):
                return self._known
            people = self._parsed(self.path.read_text(encoding="utf-8").splitlines())
            self._known, self._read_at = people, (now.st_ino, now.st_mtime_ns, now.st_size)
            return people
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as exc:
            raise QAError(f"The users in {str(self.path)!r} cannot be read ({exc}).") from exc

    def _parsed(self, lines: list[str]) -> dict[str, str]:
        people = {}
        for number, line in enumerate(lines, 1):
            name, _, kept = line.partition(":")
            if line.strip() and (not _NAME.fullmatch(name) or _parsed(kept) is None):
                raise QAError(
                    f"Line {number} of {str(self.path)!r} is no user. Take it out, and add who it was with "
                    "`footnote user add NAME`."
                )
            if line.strip():
                people[name] = kept
        return people

    def _write(self, people: dict[str, str]) -> None:
        new = self.path.with_name(f".{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.writelines(f"{name}:{kept}\n" for name, kept in people.items())
            new.replace(self.path)
        except OSError as exc:
            raise QAError(f"The users cannot be written to {str(self.path)!r} ({exc.strerror or exc}).") from exc


_Kept = tuple[int, int, int, bytes, bytes]


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    made = _scrypt(password, salt, (_COST, _BLOCK, _LANES))
    shown = (base64.b64encode(part).decode("ascii") for part in (salt, made))
    return ":".join(("scrypt", str(_COST), str(_BLOCK), str(_LANES), *shown))


def _scrypt(password: str, salt: bytes, cost: tuple[int, ...]) -> bytes:
    n, r, p = cost
    word = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(word, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r + 2**20, dklen=32)


def _parsed(kept: str) -> _Kept | None:
    try:
        kind, n, r, p, salt, made = kept.split(":")
        known = (int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(made, validate=True))
    except ValueError:
        return None
    sane = kind == "scrypt" and 2 <= known[0] <= 2**20 and known[0] & (known[0] - 1) == 0
    return known if sane and 1 <= known[1] <= 32 and 1 <= known[2] <= 16 and len(known[4]) == 32 else None


_NOBODY: _Kept = (_COST, _BLOCK, _LANES, b"nobody", bytes(32))
