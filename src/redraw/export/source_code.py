"""What writers of source code share: names, comments, numbers, and the frame of an exporter."""

import keyword
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from redraw.errors import UsageError
from redraw.export.exporter import Option, Subject, Written, unknown_operations
from redraw.fields.program import Program, Values
from redraw.files import atomic_output, check_output
from redraw.signals.kinds import words_of

# Words that no identifier may be in C, GLSL and WGSL together, as far as a short name may hit them.
RESERVED = {
    *("auto", "bool", "break", "case", "char", "const", "continue", "default", "discard", "do"),
    *("double", "else", "enum", "extern", "false", "fn", "float", "for", "goto", "if", "in", "int"),
    *("inline", "inout", "let", "long", "loop", "main", "out", "override", "register", "restrict"),
    *("return", "short", "signed", "sizeof", "static", "struct", "switch", "true", "typedef"),
    *("uniform", "union", "unsigned", "var", "void", "volatile", "while", "half", "input"),
    *("output", "sample", "texture", "vec2", "vec3", "vec4", "field"),
}


@dataclass(frozen=True)
class Text:
    """A source file, and what to say about it.

    Attributes:
        content: All of it.
        notes: A sentence each.
        beside: Further files by name, such as a texture.
    """

    content: str
    notes: tuple[str, ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()


class SourceExporter:
    """An exporter to one source file: subclasses give `text`.

    Attributes:
        known: Kinds of operations that it prints.
        most: Constants that it prints at most.
    """

    endings: tuple[str, ...]
    about: str
    options: Mapping[str, Option]
    known: frozenset[str]
    most: int

    def refuse(self, program: Program) -> str | None:
        """As of `redraw.export.exporter.Exporter`."""
        if program.numbers > self.most:
            return (
                f"the field holds {program.numbers:,} numbers; {self.endings[0]} takes up to"
                f" {self.most:,}; fit it with a smaller --budget or --max-side, or export .html"
            )
        return unknown_operations(program, self.known, self.endings[0])

    def text(self, subject: Subject, path: Path, options: Mapping[str, Any]) -> Text:
        """The source file."""
        raise NotImplementedError

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """As of `redraw.export.exporter.Exporter`."""
        check_output(path, force=force)
        made = self.text(subject, path, options)
        others = [(path.with_name(name), content) for name, content in made.beside]
        for other, _ in others:
            check_output(other, force=force)
        for each, content in [(path, made.content.encode()), *others]:
            with atomic_output(each, force=force) as file:
                file.write(content)
        return Written((path, *(other for other, _ in others)), made.notes)


def identifier(name: str) -> str:
    """A name that every language takes, from any text.

    Example:
        >>> identifier("Löwe 2!"), identifier("int"), identifier("__x"), identifier("*/")
        ('l_we_2', 'int_', 'x', 'picture')
    """
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40].strip("_") or "picture"
    if text[0].isdigit():
        text = f"_{text}".replace("_", "n", 1)
    return f"{text}_" if text in RESERVED or keyword.iskeyword(text) else text


def comment(text: str) -> str:
    """Any text as one line that can't leave a comment of any language, in ASCII.

    Example:
        >>> comment("evil */ name\\nint x; ??/")
        'evil * / name int x; ? ?/'
    """
    line = "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in text)
    # First what would make one of the others: a backslash after a star would end a comment of C.
    line = " ".join(line.replace("\\", "/").split()).replace('"""', "'''")
    line = line.replace("*/", "* /").replace("/*", "/ *")
    return re.sub(r"\?(?=\?)", "? ", line)[:200]


def described(subject: Subject) -> list[str]:
    """What the field is, in lines that are safe in comments."""
    about, program = subject.about, subject.program
    lines = [f"{comment(subject.name)}: a small neural network that is a picture, by redraw"]
    if about.schema is not None:
        given = ", ".join(comment(column.name) for column in about.schema.inputs)
        lines = [f"{comment(subject.name)}: a small neural network that is a function, by redraw"]
        lines.append(f"Takes {given}, each scaled to [-1, 1]; gives targets as they were fitted.")
        for column in about.schema.inputs:
            lines.append(f"  {comment(repr(column))}")
    elif about.kind:
        kind, count = comment(about.kind), words_of(about.kind).counted(math.prod(about.size))
        lines = [f"{comment(subject.name)}: a small neural network that is a {kind}, by redraw"]
        lines.append(f"Fitted to {count}; takes {program.dimensions} coordinates in [-1, 1].")
    else:
        meaning = about.colour.describe() if about.colour else f"{program.channels} values"
        width, height = about.size
        lines.append(f"Fitted to {width} x {height} pixels: {comment(meaning)}, values in 0 to 1.")
        lines.append("Coordinates: x right, y down, the picture's edges at -1 and 1.")
        if about.colour is not None and about.colour.alpha:
            lines.append("The last value is alpha; the others are multiplied by it.")
    return lines


def lost(subject: Subject) -> tuple[str, ...]:
    """What source code can't say of a picture's colours."""
    colour = subject.about.colour
    notes = []
    if colour is not None and colour.icc is not None:
        notes.append("the ICC profile is not in this file: its numbers are those of the picture")
    if colour is not None and colour.curve is not None:
        notes.append("values are on the log curve that HDR pictures are fitted on, from 0 to 1")
    return tuple(notes)


def is_double(array: Values) -> bool:
    """Whether float32 would lose something of an array."""
    return array.dtype == np.float64 and bool((array.astype(np.float32) != array).any())


def numbers(array: Values, *, suffix: str = "f", columns: int = 8) -> str:
    """An array's numbers in C's way, some to a line: exactly, as float32 or as float64."""
    double = is_double(array)
    digits, end = (17, "") if double else (9, suffix)
    flat = array.reshape(-1).astype(np.float64 if double else np.float32)
    written = [literal(float(value), digits) + end for value in flat]
    lines = [", ".join(written[at : at + columns]) for at in range(0, len(written), columns)]
    return ",\n    ".join(lines)


def literal(value: float, digits: int = 17) -> str:
    """A floating literal of C, always with a point or an exponent.

    Raises:
        UsageError: the value is not finite, which no language writes alike.
    """
    if not np.isfinite(value):
        raise UsageError("the field has numbers that are not finite, so it can't be exported")
    text = f"{value:.{digits}g}"
    return text if any(c in text for c in ".en") else f"{text}.0"
