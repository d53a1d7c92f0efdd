"""What requests say, checked: bodies are limited while they arrive, numbers and forms looked at."""

import json
import math
from collections.abc import AsyncIterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from redraw.errors import UsageError

LONGEST_NUMBER = 18  # digits of a whole one; floats hold it
BODY_LIMIT = 64 * 2**10  # bytes of requests that are not uploads


async def limited(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body in pieces.

    Raises:
        HTTPException: 413, as soon as it is longer than `most` bytes, or says so beforehand.
    """
    limit = f"{most // 2**20} MiB" if most >= 2**20 else f"{most // 2**10} KiB"
    too_much = f"at most {limit} are taken"
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > most:
        raise HTTPException(413, too_much)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise HTTPException(413, too_much)
        yield chunk


async def body(request: Request) -> dict[str, Any]:
    """A body of JSON, an object.

    Raises:
        UsageError: it is none.
    """
    raw = b"".join([chunk async for chunk in limited(request, BODY_LIMIT)])
    try:
        found = json.loads(
            raw or b"{}", parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )
        json.dumps(found, ensure_ascii=False).encode()  # half characters are in no answer, no file
    except (ValueError, RecursionError):
        raise UsageError("the request is no JSON") from None
    if not isinstance(found, dict):
        raise UsageError("the request is no object")
    return found


def _no_number(text: str) -> float:
    """NaN and Infinity, which JSON does not have: they would poison what they are compared with."""
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return int(text)


def number(text: str, low: int, high: int) -> int:
    """A whole number of an address.

    Raises:
        UsageError: it is none, or outside.
    """
    if not text.removeprefix("-").isdigit() or not text.isascii() or len(text) > 12:
        raise UsageError(f"{text[:40]!r} is no whole number")
    if not low <= int(text) <= high:
        raise UsageError(f"{text} is outside of {low} to {high}")
    return int(text)


def pair(text: str) -> tuple[str, str]:
    """The place of a tile: both parts of X_Y.png.

    Raises:
        UsageError: it is none.
    """
    x, mark, y = text.removesuffix(".png").partition("_")
    if not mark:
        raise UsageError(f"{text[:40]!r} is no place of a tile; accepted: X_Y.png")
    return x, y


OPTIONS: dict[str, type | tuple[type, ...]] = {
    "steps": int,
    "seconds": (int, float),
    "psnr": (int, float),
    "seed": int,
}


# What there is to learn: one of these keys, and those that go with it.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "picture": ("max_side", "threshold"),
    "function": (),
    "formula": ("domain",),
    "table": ("inputs", "targets"),
}
OPTIONAL = ("inputs",)  # all columns that are no targets
LONGEST_TEXT = 2000  # of a formula, a domain, names of columns


def wanted(said: dict[str, Any]) -> dict[str, Any]:
    """What a fit was asked to be, checked for its form.

    Raises:
        UsageError: it is not as the page sends it.
    """
    subjects = [key for key in SUBJECTS if said.get(key) is not None]
    own = SUBJECTS[subjects[0]] if len(subjects) == 1 else ()
    models, options = said.get("models"), said.get("options", {})
    settings, side, threshold = (
        said.get("settings", {}),
        said.get("max_side"),
        said.get("threshold"),
    )
    given = {key for key, value in said.items() if value is not None}
    needed = {*subjects, *own}.difference(SUBJECTS["picture"], set(OPTIONAL) - given)
    texts = [said.get(key) for key in needed]
    sound = (
        len(subjects) == 1
        and all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts)
        and isinstance(models, list)
        and all(isinstance(model, str) for model in models)
        and isinstance(options, dict)
        and all(
            name in OPTIONS and isinstance(value, OPTIONS[name]) and not isinstance(value, bool)
            for name, value in options.items()
        )
        and isinstance(settings, dict)
        and len(settings) <= 100
        and all(isinstance(value, str) for value in settings.values())
        and (side is None or type(side) is int)
        and (threshold is None or type(threshold) in (int, float))
    )
    if not sound or given - {"models", "options", "settings", *subjects, *own}:
        raise UsageError("the request for a fit is malformed")
    return {
        **dict.fromkeys(("picture", "function")),
        **{key: said.get(key) for key in (*subjects, *own)},
        "models": models,
        "options": options,
        "settings": settings,
    }


def known(text: str) -> dict[str, list[int]]:
    """What a page without a WebSocket knows already; nothing if it makes no sense."""
    try:
        found = json.loads(text)
        return {
            str(name): [int(part) for part in parts]
            for name, parts in found.items()
            if len(parts) == 3
        }
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}
