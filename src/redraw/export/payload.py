"""The bytes of a field file, and texts that are safe in pages."""

import base64
import hashlib
import html
import json
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from redraw.export.exporter import Subject
from redraw.fields.program import Lattice, Lookup, Program, Step
from redraw.fields.regions import Regions
from redraw.storage.about import About
from redraw.storage.field_file import save_field

MAGIC = b"RPRG"


def file_bytes(subject: Subject) -> bytes:
    """The field file that holds the field.

    Raises:
        UsageError: its kind of file can't hold it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field.redraw"
        save_field(path, subject.field, subject.about, alone=True)
        return path.read_bytes()


def program_bytes(program: Program, about: About) -> bytes:
    """A program as the runtime reads it, for fields whose files it doesn't know.

    Four letters, the length of a JSON text as a 32-bit number, the text, then arrays: float32, and
    the weights of lattices as float16.
    """
    data: list[bytes] = []
    place = 0

    def kept(array: Any, kind: str) -> dict[str, int]:
        nonlocal place
        content = np.ascontiguousarray(array, kind).tobytes()
        data.append(content + bytes(-len(content) % 4))
        found = {"from": place, "count": int(array.size), "half": int(kind == "<f2")}
        place += len(data[-1])
        return found

    def told(step: Step) -> dict[str, Any]:
        op: Any = step.operation
        result = {"kind": op.kind, "width": op.width, "inputs": list(step.inputs)}
        if isinstance(op, Lattice):
            rows, columns = op.weights.shape[1:]
            return {**result, "weights": kept(op.weights, "<f2"), "rows": rows, "columns": columns}
        if isinstance(op, Lookup):
            levels = [
                {
                    "scale": list(level.scale),
                    "first": level.first,
                    "mask": level.rows - 1 if level.hashed else 0,
                    "multipliers": list(level.multipliers),
                }
                for level in op.levels
            ]
            features = op.table.shape[1]
            return {
                **result,
                "table": kept(op.table, "<f4"),
                "features": features,
                "levels": levels,
            }
        if isinstance(op, Regions):
            rows, columns = op.size
            lattice, most = list(op.rank.shape[1:]), op.labels.shape[1]
            more = {"rows": rows, "columns": columns, "planes": op.width, "lattice": lattice}
            result = {**result, **more, "most": most}
        for name, value in vars(op).items():
            result[name] = kept(value, "<f4") if isinstance(value, np.ndarray) else value
        return result

    text = json.dumps(
        {
            "dimensions": program.dimensions,
            "channels": program.channels,
            "steps": [told(step) for step in program.steps],
            "about": about.to_json(),
        },
        separators=(",", ":"),
    ).encode("ascii")
    text += b" " * (-len(text) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + b"".join(data)


def packed(data: bytes) -> str:
    """Bytes as text for a page: compressed, then base64."""
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(made.compress(data) + made.flush()).decode("ascii")


def escaped(text: str, limit: int = 200) -> str:
    """Any text, safe between tags and in quoted attributes of HTML, on one line.

    Example:
        >>> escaped('</title><script>')
        '&lt;/title&gt;&lt;script&gt;'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return html.escape(line[:limit])


def policy_hash(text: str) -> str:
    """What a content-security policy calls a script or a style: base64 of its SHA-256."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def block(identity: str, kind: str, text: str) -> str:
    """Data in a page, for its script to find. `text` must not hold a less-than sign."""
    assert "<" not in text
    return f'<script type="{kind}" id="{identity}">{text}</script>'
