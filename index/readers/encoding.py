"""Bytes to text where nothing says which encoding they are in."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING

from index.errors import UnreadableDocument

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_SAMPLE = 1 << 16
"""Bytes that a guess is made from."""

_WINDOW = 1 << 20
"""Bytes on either side of a damaged place that say whether all else is UTF-8."""

_MARKS = (
    # The marks of UTF-32 begin with those of UTF-16, so they are tried first.
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Legacy encodings that files are found in, and the languages they are for. Where two explain the bytes equally
# well, the earlier one is taken.
_LEGACY = {
    "cp1252": "English German French Spanish Portuguese Italian Dutch Swedish Danish Norwegian Finnish Indonesian",
    "cp932": "Japanese",
    "euc_jp": "Japanese",
    "gb18030": "Chinese",
    "big5hkscs": "Chinese",
    "cp949": "Korean",
    "cp1254": "Turkish",
    "cp1250": "Polish Czech Slovak Hungarian Croatian Slovene Romanian",
    "cp1251": "Russian Ukrainian Bulgarian Serbian Belarusian Macedonian Kazakh",
    "cp1253": "Greek",
    "cp1255": "Hebrew",
    "cp1256": "Arabic Farsi",
    "cp1257": "Lithuanian Latvian Estonian",
    "cp1258": "Vietnamese",
    "cp874": "Thai",
    "koi8_r": "Russian",
    "koi8_u": "Ukrainian",
    "iso8859_2": "Polish Czech Slovak Hungarian Croatian Slovene Romanian",
    "iso8859_5": "Russian Ukrainian Bulgarian Serbian",
    "iso8859_6": "Arabic Farsi",
    "cp866": "Russian",
    **dict.fromkeys(("cp850", "cp437", "cp852", "cp862", "mac_roman", "mac_cyrillic", "cp500", "cp037"), ""),
}
_FITS = 0.15
"""How much better an encoding is taken to explain bytes that it makes a text in one of its own languages."""

# The letters of European languages beside a to z. The legacy encodings of Latin letters give most bytes some letter,
# so any of them decodes any text; but only the right one gives letters that one language uses together.
_LATIN = ("cp1252", "cp1254", "cp1250", "iso8859_2", "cp1257", "cp850", "cp852", "cp437", "mac_roman")
_ALPHABETS = tuple(
    frozenset(letters + letters.upper() + "“”„‘’«»–—…•§°©®™€£\u201a\u2039\u203a\xa0\xad")
    for letters in (
        *("àâæçèéêëîïôœùûüÿ", "äöüßé", "áéíñóúü¿¡ªº", "ãáàâçéêíóôõúü", "àèéìíîòóùú", "äáëéèïíöóüúĳ", "åäöé", "æøåéèô"),
        *("áðéíóúýþæö", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž"),
        *("çğıöşüâîûİ", "ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž", "àçèéíïòóúü"),
    )
)

_COMMON = frozenset(map(chr, (10, 13, *range(32, 127), 0x3000, 0x3001, 0x3002, 0xFF0C)))
"""Spaces, punctuation and ASCII: rare in what UTF-16 becomes when its bytes are taken in the wrong order."""

# Browsers read the smaller encodings as the larger ones around them, and pages are written to be read by browsers.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1b\x1a")) + b"\x7f"
_ESCAPED = re.compile(rb"\x1b(?:\$[@BA]|\$\([CD]|\([BJI]|\$\)[CA])")
"""Escape sequences by which ISO-2022 changes between ASCII and Japanese, Korean or Chinese."""


def decode(data: bytes, declared: str | None = None) -> str:
    """``data`` as text. ``declared`` is what the file itself says, believed only where nothing is surer.

    In order: byte order mark, the zero bytes of UTF-16 and UTF-32, ISO-2022, valid UTF-8, UTF-8 with a few
    damaged places, what was declared, a guess over the bytes, cp1252.
    Raises UnreadableDocument for content that is not text.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace")
    if b"\0" in data[:_SAMPLE] and (wide := _wide(data[: min(len(data), _SAMPLE) & ~1])):
        return data.decode(wide, errors="replace")
    if _ESCAPED.search(data[:_SAMPLE]) and (text := _escaped(data)) is not None:
        return text
    _refuse_binary(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        if _nearly_utf8(data, exc):
            return data.decode("utf-8", errors="replace")
    if declared and (text := _declared(data, declared)) is not None:
        return text
    return data.decode(_guess(data), errors="replace")


def _wide(sample: bytes) -> str | None:
    """The UTF-16 or UTF-32 that ``sample``, which holds zero bytes, is in; None where it is neither."""
    zeros = [sample[place::4].count(0) * 4 / max(4, len(sample)) for place in range(4)]
    if len(sample) >= 8 and min(zeros[2], zeros[3]) > 0.9 and zeros[0] < 0.5:
        return "utf-32-le"
    if len(sample) >= 8 and min(zeros[0], zeros[1]) > 0.9 and zeros[3] < 0.5:
        return "utf-32-be"
    rest = sample.replace(b"\0", b"")
    if len(rest) > 0.9 * len(sample) and _controls(rest) < 0.02 and _is_utf8(rest):
        return None  # UTF-8 with some stray zeros
    common = {}
    for name in ("utf-16-le", "utf-16-be"):
        text = sample.decode(name, errors="replace")
        if sum(char.isprintable() or char.isspace() for char in text) > 0.95 * len(text):
            common[name] = sum(char in _COMMON for char in text)
    best = max(common, key=lambda name: common[name], default=None)
    return best if best and common[best] else None


def _controls(sample: bytes) -> float:
    """The share of bytes that no text holds, nor any of the legacy encodings."""
    return (len(sample) - len(sample.translate(None, _CONTROLS))) / max(1, len(sample))


def _is_utf8(sample: bytes) -> bool:
    """Whether all but a last character that may be cut in two is UTF-8."""
    return "\ufffd" not in sample.decode("utf-8", errors="replace")[:-1]


def _escaped(data: bytes) -> str | None:
    for name in ("iso2022_jp_2", "iso2022_jp_3", "iso2022_kr"):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _refuse_binary(data: bytes) -> None:
    if _controls(data[:_SAMPLE]) > 0.02:
        raise UnreadableDocument(
            "holds binary data, not text: give it the ending of its real format if that is one Footnote reads"
        )


def _nearly_utf8(data: bytes, error: UnicodeDecodeError) -> bool:
    """Whether ``data`` is UTF-8 with damage: a character cut off at the end, or few bad among many good ones."""
    cut_off = error.start >= len(data) - 3
    data = data[max(0, error.start - _WINDOW) : error.start + _WINDOW]
    good = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", data))
    bad = data.decode("utf-8", errors="replace").count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return bad * 20 <= good or (good > 0 and bad == 1 and cut_off)


def _declared(data: bytes, declared: str) -> str | None:
    try:
        name = codecs.lookup(declared.strip()).name
        return data.decode(_WIDER.get(name, name))
    except (LookupError, ValueError):  # ValueError holds UnicodeDecodeError, and NUL in an encoding's name
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # Markup and plain ASCII lines say nothing about the encoding, but would decide a guess at the language.
    lines = [line for line in data[: 1 << 22].split(b"\n") if not line.isascii()]
    sample = re.sub(rb"<[^<>]*>", b" ", b"\n".join(lines)[:_SAMPLE])
    matches = list(from_bytes(sample, cp_isolation=list(_LEGACY), enable_fallback=False))
    if not matches:
        return "cp1252"
    # They come sorted by how little mess they make. Among the cleanest, the language decides.
    cleanest = [match for match in matches if match.chaos <= matches[0].chaos + 0.01]
    order = list(_LEGACY)

    def fitness(match: CharsetMatch) -> tuple[float, int]:
        fits = match.coherence > 0 and match.language in _LEGACY[match.encoding].split()
        # Hebrew bytes are all small or all capital letters in Cyrillic encodings: hardly any text is that.
        mute = len(sample) > 60 and (str(match).islower() or str(match).isupper())
        return match.coherence + _FITS * fits - 2 * _FITS * mute, -order.index(match.encoding)

    best = max(cleanest, key=fitness).encoding
    return _latin(sample) if best in _LATIN else best


def _latin(sample: bytes) -> str:
    """The encoding of Latin letters that makes most of ``sample`` letters of one language."""

    def fitness(name: str) -> float:
        foreign = Counter(char for char in sample.decode(name, errors="replace") if not char.isascii())
        return max(sum(foreign[char] for char in alphabet) for alphabet in _ALPHABETS) / max(1, foreign.total())

    return max(_LATIN, key=fitness)  # the first of the best
