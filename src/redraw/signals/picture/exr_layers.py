"""Which channels of an EXR are the picture: its parts and layers, told apart by their names.

A channel is called "R", "layer.R" or "part.layer.R"; a file may have several parts, each with
windows and channels of its own. What is mixed of two layers is no picture.

Source: "Technical Introduction to OpenEXR", layers and multi-part files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redraw.errors import PictureError
from redraw.signals.picture.wanted import Wanted

_MAIN = ("", "rgba", "rgb", "beauty", "combined", "composite", "main", "image", "color", "colour")
PLAIN = "the plain channels"
_SHOWN = 12  # names in a message
_FEW = 6  # channels that are named one by one


@dataclass(frozen=True)
class Layer:
    """Some channels that belong together.

    Attributes:
        part: The number of the part, from 0.
        part_name: Its name, "" where it has none.
        name: The layer's, "" for the plain channels.
        channels: Name behind the last point, in lower case: the place among the part's channels.
        spelled: The whole names of these channels, in order.
    """

    part: int
    part_name: str
    name: str
    channels: dict[str, int]
    spelled: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """As a user names it."""
        if not self.part_name or self.name.lower().startswith(self.part_name.lower()):
            return self.name or PLAIN
        return f"{self.part_name}.{self.name}" if self.name else self.part_name

    @property
    def names(self) -> set[str]:
        """All that a user may name it by, in lower case."""
        plain = {self.called, self.name, self.name.rpartition(".")[2]}
        plain |= set() if self.name else {self.part_name}
        return {name.lower() for name in plain if name}

    def chosen(self) -> tuple[list[int], bool] | None:
        """Places of its colours and then its alpha, and whether that is there; None if none are."""
        there = self.channels
        alpha = there.get("a", there.get("alpha"))
        for colours in (("r", "g", "b"), ("red", "green", "blue"), ("x", "y", "z"), ("y",), ("l",)):
            if all(name in there for name in colours):
                found = [there[name] for name in colours]
                break
        else:
            others = [place for name, place in there.items() if place != alpha]
            if len(others) != 1:
                return None
            found = others
        return found + ([alpha] if alpha is not None else []), alpha is not None

    @property
    def colourful(self) -> bool:
        """Whether it holds R, G and B, or Y: a picture rather than depth or normals."""
        there = self.channels
        return {"r", "g", "b"} <= there.keys() or ("y" in there and "x" not in there)


def layers_of(parts: Sequence[tuple[str, Sequence[str]]]) -> list[Layer]:
    """The layers of a file: of each part, its name and those of its channels.

    Example:
        >>> channels = ["R", "G", "B", "sky.R", "sky.G", "sky.B"]
        >>> [layer.called for layer in layers_of([("", channels)])]
        ['the plain channels', 'sky']
    """
    found = []
    for number, (part, channels) in enumerate(parts):
        grouped: dict[str, dict[str, int]] = {}
        for place, channel in enumerate(channels):
            layer, _, plain = channel.rpartition(".")
            there = grouped.setdefault(layer, {})
            # One called like another but for capitals is none of the picture's.
            there[plain.lower() if plain.lower() not in there else f" {plain}"] = place
        for layer, there in grouped.items():
            spelled = tuple(channels[place] for place in there.values())
            found.append(Layer(number, part, layer, there, spelled))
    return found


def choose(layers: Sequence[Layer], wanted: Wanted, name: str) -> tuple[Layer, tuple[str, ...]]:
    """The layer to read, and a note that names the others.

    Raises:
        PictureError: There is none of the name that was asked for, or none that is a picture.
    """
    if wanted.layer is not None:
        asked = wanted.layer.strip().lower()
        exact = [layer for layer in layers if asked in layer.names]
        exact = [layer for layer in exact if layer.called.lower() == asked] or exact
        if not exact:
            exact = _single(layers, asked)
        if not exact:
            raise PictureError(
                f"{name} has no layer {wanted.layer[:60]!r}; it has {_listed(layers)}"
            )
        return exact[0], ()
    pictures = [layer for layer in layers if layer.colourful]
    pictures = pictures or [layer for layer in layers if layer.chosen() is not None]
    if not pictures:
        there = ", ".join(channel for layer in layers for channel in layer.spelled)
        raise PictureError(f"{name} has the channels {_plain(there)[:80]}; R G B or Y is read")
    main = min(pictures, key=_rank)
    return main, _left_out(layers, main)


def _left_out(layers: Sequence[Layer], main: Layer) -> tuple[str, ...]:
    """A note on what was not taken, by the names of channels where these are few."""
    places, _ = main.chosen() or ([], False)
    rest = [
        channel
        for channel, place in zip(main.spelled, main.channels.values(), strict=True)
        if place not in places
    ]
    others = [layer for layer in layers if layer is not main]
    which = "" if not main.called else f"the layer {_plain(main.called)[:60]} was taken; "
    if main.called == PLAIN:
        which = ""
    if not rest and not others:
        return ()
    spelled = [*rest, *(channel for layer in others for channel in layer.spelled)]
    if len(spelled) <= _FEW:
        what = f"the channels {_plain(', '.join(spelled))[:100]}"
    else:
        listed = [*rest, *(layer.called for layer in others)]
        more = len(listed) - _SHOWN
        what = f"the layers {_plain(', '.join(listed[:_SHOWN]))}"
        what += f" and {more} more" if more > 0 else ""
    return (f"{which}{what} were left out; --layer NAME takes one",)


def _rank(layer: Layer) -> tuple[int, int]:
    plain = layer.name.lower()
    return layer.part, _MAIN.index(plain) if plain in _MAIN else len(_MAIN)


def _single(layers: Sequence[Layer], asked: str) -> list[Layer]:
    """One channel as a layer of its own, such as Z."""
    layer_name, _, plain = asked.rpartition(".")
    return [
        Layer(layer.part, layer.part_name, layer.name, {plain: layer.channels[plain]})
        for layer in layers
        if layer.name.lower() == layer_name and plain in layer.channels
    ]


def _listed(layers: Sequence[Layer]) -> str:
    shown = [_shown(layer) for layer in layers[:_SHOWN]]
    more = len(layers) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _shown(layer: Layer) -> str:
    return _plain(f"{layer.called[:60]} ({', '.join(layer.channels)[:60]})")


def _plain(text: str) -> str:
    """Without control characters, which a file may well hold."""
    return "".join(c if c.isprintable() else "?" for c in text)
