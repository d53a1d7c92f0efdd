"""What a field file says beside the parameters: plain values, so that no PyTorch is needed."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Self

from redraw.errors import FileFormatError
from redraw.signals.picture.colour import Colour
from redraw.signals.table.columns import Schema
from redraw.storage.messages import shown
from redraw.storage.plain_json import finite

SIDE_LIMIT = 2**31  # pixels
DETAIL_LIMIT = 1024


@dataclass(frozen=True)
class About:
    """What a field shows and how it was made.

    Attributes:
        size: Width and height of what it learned, in pixels; of a table, its rows and 1.
        colour: What its values mean; None for a signal that is no picture.
        detail: Samples per pixel and axis that drawing at `size` needs so as not to alias; 1 if the
            field was trained on pixel centres.
        made: How it was made, for people to read: preset, steps, seconds, psnr, engine, seed,
            version, name of the source. Plain JSON; numbers that are not finite become None.
        schema: What the columns of a table mean; None for a picture.
        kind: The kind of signal, where neither a colour nor columns tell it; else "".
        meaning: What its kind says besides: plain JSON.
    """

    size: tuple[int, int]
    colour: Colour | None = None
    detail: int = 1
    made: dict[str, Any] = dataclass_field(default_factory=dict)
    schema: Schema | None = None
    kind: str = ""
    meaning: dict[str, Any] = dataclass_field(default_factory=dict)

    @property
    def signal(self) -> str:
        """The kind of signal it was learned from; of old files by what they tell."""
        return self.kind or ("table" if self.schema else "picture")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` is the inverse."""
        columns: dict[str, Any] = {"columns": self.schema.to_json()} if self.schema else {}
        if self.kind:
            columns["signal"] = {"kind": self.kind, "meaning": finite(self.meaning)}
        return {
            "size": list(self.size),
            "colour": self.colour.to_json() if self.colour else None,
            "detail": self.detail,
            "made": finite(self.made),
            **columns,
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read back what `to_json` gave, trusting nothing.

        Raises:
            FileFormatError: a key is missing or foreign, or a value isn't what `to_json` gives.
        """
        keys = {"size", "colour", "detail", "made"}
        if not isinstance(data, dict):
            raise FileFormatError(f"about is {shown(data)}; expected an object")
        for foreign in sorted(data.keys() - keys - {"columns", "signal"}):
            raise FileFormatError(f"about has the foreign key {shown(foreign)}")
        for missing in sorted(keys - data.keys()):
            raise FileFormatError(f"about lacks the key {missing!r}")
        size, detail = data["size"], data["detail"]
        if not isinstance(size, list) or len(size) != 2 or not all(_is_count(s) for s in size):
            raise FileFormatError(f"about.size is {shown(size)}; expected width and height")
        if not _is_count(detail, DETAIL_LIMIT):
            raise FileFormatError(f"about.detail is {shown(detail)}; expected 1 to {DETAIL_LIMIT}")
        if not isinstance(data["made"], dict):
            raise FileFormatError(f"about.made is {shown(data['made'])}; expected an object")
        colour = None if data["colour"] is None else Colour.from_json(data["colour"])
        schema = Schema.from_json(data["columns"]) if "columns" in data else None
        if bool(colour) + bool(schema) + ("signal" in data) > 1:
            raise FileFormatError(
                "about has two of a colour, columns and another signal; expected one of them"
            )
        kind, meaning = _signal(data["signal"]) if "signal" in data else ("", {})
        return cls((size[0], size[1]), colour, detail, data["made"], schema, kind, meaning)


def _signal(data: Any) -> tuple[str, dict[str, Any]]:
    """Kind and meaning of a signal that is neither a picture nor a table."""
    whole = isinstance(data, dict) and data.keys() == {"kind", "meaning"}
    if not (whole and isinstance(data["kind"], str) and isinstance(data["meaning"], dict)):
        raise FileFormatError(f"about.signal is {shown(data)}; expected a kind and its meaning")
    return data["kind"], data["meaning"]


def _is_count(value: Any, limit: int = SIDE_LIMIT) -> bool:
    return type(value) is int and 1 <= value <= limit
