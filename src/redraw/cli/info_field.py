"""What `redraw info` says about a field file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.signals.kinds import words_of
from redraw.signals.words import Words

if TYPE_CHECKING:
    from redraw.storage.about import About

# Facts of a signal that its kind keeps, which are shown.
MOST_MEANT = 8


def facts(path: Path) -> dict[str, Any]:
    """Everything about a field file, as JSON.

    Raises:
        FileFormatError: it is none, or damaged.
    """
    from redraw.storage.opening import described

    small = described(path)
    if small is not None:
        about, parts = small
        return {**_facts_of(about, path), "parts": dict(parts)}
    from redraw.cli.architecture import architecture
    from redraw.fields.config import plain
    from redraw.storage.field_file import told_of

    field = told_of(path)
    return {
        **_facts_of(field.about, path),
        "parameters": field.parameters,
        "architecture": architecture(field.config),
        "precision": field.precision,
        "detail": field.about.detail,
        "sharpness": field.sharpness,
        "config": plain(field.config),
    }


def _facts_of(about: "About", path: Path) -> dict[str, Any]:
    """What a file shows, how it was made, and how large it is."""
    size = path.stat().st_size
    width, height = about.size
    foreign = bool(about.kind)  # neither pixels nor rows
    return {
        "kind": "field",
        "path": str(path),
        "signal": about.signal,
        "width": None if foreign else width,
        "height": None if foreign else height,
        "positions": width * height,
        "meaning": about.meaning,
        "colour": about.colour.describe() if about.colour else None,
        "columns": about.schema.to_json() if about.schema else None,
        "bytes": size,
        "bits_per_pixel": None if foreign else 8 * size / (width * height),
        "made": about.made,
    }


def _container_rows(found: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Of a container, which is not unpacked."""
    from redraw.cli.wording import shown_path, size_of

    words = words_of(found["signal"])
    spent = [
        (f"  {name}", f"{size_of(count)}, {100 * count / found['bytes']:.3g} %")
        for name, count in found["parts"].items()
    ]
    return f"{shown_path(found['path'])}: a field in whole numbers", [
        (_short(found["signal"]), _shown(found, words)),
        ("stored", _stored(found, words)),
        *spent,
        ("made", _made(found["made"])),
        ("quality", _quality(found["made"], words)),
    ]


def rows(found: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The same for people: a title, and names with values."""
    from redraw.cli.wording import counted, shown_path

    if "parts" in found:
        return _container_rows(found)
    if found["columns"] is not None:
        return _table_rows(found)
    words = words_of(found["signal"])
    detail, sharpness = found["detail"], found["sharpness"]
    drawn = [f"{detail} × {detail} positions per {words.position}"] if detail > 1 else []
    drawn += [f"sharpness {sharpness:g}"] if sharpness != 1.0 else []
    return f"{shown_path(found['path'])}: a field", [
        (_short(found["signal"]), _shown(found, words)),
        ("network", found["architecture"] or ""),
        ("parameters", f"{counted(found['parameters'], 'number')} in {found['precision']}"),
        ("drawn with", ", ".join(drawn)),
        ("stored", _stored(found, words)),
        ("made", _made(found["made"])),
        ("quality", _quality(found["made"], words)),
    ]


def _stored(found: dict[str, Any], words: Words) -> str:
    """How large the file is, and of kinds that are told so, for each position."""
    from redraw.cli.wording import size_of

    told = size_of(found["bytes"])
    if words.rated:
        told += f", {8 * found['bytes'] / found['positions']:.3g} bits per {words.position}"
    return told


def _shown(found: dict[str, Any], words: Words) -> str:
    """What it shows: size and colours of a picture, names of columns, or what its kind says."""
    if found["columns"] is not None:
        from redraw.signals.table.columns import Schema

        return _short(Schema.from_json(found["columns"]).names)
    if found["width"] is not None:
        size = f"{found['width']} × {found['height']}"
        return f"{size}, {found['colour'] or 'values without colours'}"
    meant = [f"{_short(name)} {_short(value)}" for name, value in found["meaning"].items()]
    return ", ".join([words.counted(found["positions"]), *meant[:MOST_MEANT]])


def _table_rows(found: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The same of a table's field."""
    from redraw.cli.wording import counted, shown_path, size_of
    from redraw.signals.table.columns import Schema, shortened

    schema = Schema.from_json(found["columns"])
    classes = ""
    if schema.classes:
        classes = f"{len(schema.classes)}: {shortened([_short(c) for c in schema.classes], 8)}"
    scaled = [f"{_short(c.name)} from {_ends(c.offset, c.scale)}" for c in schema.inputs[:8]]
    return f"{shown_path(found['path'])}: the function of a table", [
        ("columns", _short(schema.names)),
        ("task", f"{schema.task}, learned from {counted(found['width'], 'row')}"),
        ("classes", classes),
        ("scaled", ", ".join(scaled)),
        ("network", found["architecture"] or ""),
        ("parameters", f"{counted(found['parameters'], 'number')} in {found['precision']}"),
        ("stored", size_of(found["bytes"])),
        ("made", _made(found["made"])),
        ("quality", _table_quality(found["made"])),
    ]


def _ends(offset: float, scale: float) -> str:
    return f"{offset - scale:g} to {offset + scale:g}"


def _table_quality(made: dict[str, Any]) -> str:
    """What the file says of it, which may be anything."""
    from redraw.scores import headline

    try:
        return headline(made["scores"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def _made(made: dict[str, Any]) -> str:
    """How it was made; whatever a file says is taken with care."""
    from redraw.cli.wording import duration

    told = []
    if made.get("source"):
        told.append(f"from {_short(made['source'])}")
    if made.get("model"):
        told.append(f"with the preset {_short(made['model'])}")
    if (steps := _number(made, "steps")) is not None:
        told.append(f"in {steps:,.0f} steps")
    if (seconds := _number(made, "seconds")) is not None:
        told.append(f"and {duration(seconds)}")
    if made.get("engine"):
        told.append(f"by the {_short(made['engine'])} engine")
    if (seed := _number(made, "seed")) is not None:
        told.append(f"(seed {seed:.0f})")
    return " ".join(told)


def _quality(made: dict[str, Any], words: Words) -> str:
    from redraw.cli.wording import off_by, quality

    if scores := _table_quality(made):
        return scores
    psnr = _number(made, "psnr", 1e3)
    if psnr is None:
        return ""
    off = off_by(psnr, words)
    return quality(psnr, _number(made, "iou", 1)) + (f", {off}" if off else "")


def _number(made: dict[str, Any], name: str, limit: float = 2**63) -> float | None:
    """A number from 0 to `limit`, or None if there is none."""
    value = made.get(name)
    return value if isinstance(value, int | float) and 0 <= value <= limit else None


def _short(value: object) -> str:
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= 60 else text[:57] + "..."
