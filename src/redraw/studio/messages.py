"""Messages between the studio's processes, and from it to its page: a header of JSON, then bytes.

    4 bytes    length of the header, little-endian
    header     one JSON object, UTF-8
    the rest   what the header says it is: the pixels of a frame, a file, or nothing

Frames travel in this form from the fit's process through the server to the page, unchanged.
"""

import json
from typing import Any

HEADER_LIMIT = 2**24  # bytes; a description of a long run is the largest


def pack(header: dict[str, Any], payload: bytes | memoryview = b"") -> bytes:
    """A message.

    Example:
        >>> unpack(pack({"step": 3}, b"ab"))
        ({'step': 3}, b'ab')
    """
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return len(text).to_bytes(4, "little") + text + payload


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and payload of a message.

    Raises:
        ValueError: it is none.
    """
    length = int.from_bytes(message[:4], "little")
    if len(message) < 4 or not 2 <= length <= min(HEADER_LIMIT, len(message) - 4):
        raise ValueError(f"a message of {len(message)} bytes can't have a header of {length}")
    header = json.loads(message[4 : 4 + length])
    if not isinstance(header, dict):
        raise ValueError("the header of a message is no object")
    return header, message[4 + length :]
