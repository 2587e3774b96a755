"""Text as it stands in a request to SES: inside a JSON string that is itself a JSON document.

Escaping 22 KB twice over is most of what sending costs. But it goes character by character, so that what many
messages have in common is escaped once and kept; and the rest of a message, many a few words long, in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii

from campaigns.ground.errors import MessageError

_WORTH_KEEPING = 150  # characters: what is shorter is mostly a reader's own
_SEAM = "\x1e"  # stands between texts that are escaped together
_ESCAPED_SEAM = rb"\\u001e"


def escaped(text: str) -> bytes:
    """Escaped once for the document and once more for the string that holds it, in ASCII.

    Raises:
        MessageError: half a surrogate pair stands in it, which is no character.
    """
    inner = encode_basestring(text)[1:-1]
    if not inner.isascii():
        _refuse_half_pairs(inner)
    return encode_basestring_ascii(inner)[1:-1].encode("ascii")


def escaped_together(texts: Sequence[str]) -> list[bytes]:
    """Each of them `escaped`.

    Raises:
        MessageError: as `escaped`.
    """
    pieces = escaped(_SEAM.join(texts)).split(_ESCAPED_SEAM)
    return pieces if len(pieces) == len(texts) else list(map(escaped, texts))  # a seam stood in one already


def escaped_pieces(own: Sequence[str], pieces: Sequence[str]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Texts that are a message's own, and a page's pieces, of which the longer ones are everybody's.

    Raises:
        MessageError: as `escaped`.
    """
    short = [piece for piece in pieces if len(piece) < _WORTH_KEEPING]
    together = escaped_together([*own, *short])
    rest = iter(together[len(own) :])
    return together[: len(own)], [next(rest) if len(piece) < _WORTH_KEEPING else _kept(piece) for piece in pieces]


@lru_cache(maxsize=2048)  # a template's text, and an edition's cards
def _kept(piece: str) -> bytes:
    return escaped(piece)


def _refuse_half_pairs(text: str) -> None:
    """The second escaping would let them through."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageError(
            "half a surrogate pair cannot be written as UTF-8; correct the title, name or template it comes from"
        ) from None
