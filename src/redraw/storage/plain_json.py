"""JSON that is read strictly and written in one way only.

Reading refuses what the standard reader lets through: duplicate keys, NaN, infinities, text that
is not UTF-8, nesting without end, and more values than memory should be spent on.
"""

import hashlib
import json
import math
from typing import Any, NoReturn

from redraw.storage.messages import shown

ITEM_LIMIT = 100_000  # values in one document; a file's header needs a few hundred


def parse(raw: bytes | str, *, items: int = ITEM_LIMIT) -> Any:
    """Read one JSON document.

    Args:
        raw: The document; as bytes it must be UTF-8.
        items: How many values are accepted. Counted before parsing, by commas and brackets, so
            that a few bytes each can't grow into a Python object each without bound.

    Raises:
        ValueError: With the reason as its message.
    """
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    if sum(text.count(mark) for mark in ",[{") > items:
        raise ValueError(f"more than {items} values")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        # Escapes can spell half a character, which no output could show.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def canonical(value: Any) -> str:
    """`value` as JSON, the same text for the same value: sorted keys, no spaces.

    Raises:
        ValueError: a number is not finite, or a text is not valid Unicode.
        TypeError: `value` holds something that JSON doesn't have.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    text.encode("utf-8")
    return text


def digest(value: Any) -> str:
    """SHA-256 of `value` in its canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()


def finite(value: Any) -> Any:
    """`value` with every number that is not finite replaced by None, as JavaScript does it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {shown(twice)} occurs twice")
    return result


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {shown(text)} is out of range")
    return value
