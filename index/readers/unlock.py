"""Encrypted Office files: the envelope that holds them, and the password that opens it."""

from __future__ import annotations

from io import BytesIO

from index.errors import UnreadableDocument
from index.readers.clean import one_line
from index.readers.reasons import ENCRYPTED, LOCKED, WRONG_PASSWORD

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENVELOPE = "EncryptedPackage".encode("utf-16-le")


def is_locked(data: bytes) -> bool:
    """Whether ``data`` is the envelope in which Office keeps an encrypted .docx, .pptx or .xlsx file."""
    return data.startswith(_OLE) and _ENVELOPE in data


def unlock(data: bytes, password: str | None) -> bytes:
    """The file inside the envelope. Raises UnreadableDocument, and says what is missing to open it."""
    if not password:
        raise UnreadableDocument(LOCKED)
    try:
        import msoffcrypto
        from msoffcrypto.exceptions import DecryptionError, InvalidKeyError
    except ImportError as exc:
        raise UnreadableDocument(
            f"{ENCRYPTED}: to open Office files with INDEX_PASSWORD, pip install 'footnote-qa[encrypted]'"
        ) from exc
    opened = BytesIO()
    try:
        file = msoffcrypto.OfficeFile(BytesIO(data))
        file.load_key(password=password, verify_password=True)
        file.decrypt(opened)
    except (InvalidKeyError, DecryptionError) as exc:
        raise UnreadableDocument(WRONG_PASSWORD) from exc
    except Exception as exc:
        # A damaged envelope: the library parses it with several others, and each raises its own errors.
        why = one_line(str(exc))[:200]
        raise UnreadableDocument(f"{ENCRYPTED}, and looks damaged ({type(exc).__name__}: {why})") from exc
    return opened.getvalue()
