"""`.html`: one self-contained page that is the picture.

It holds the field file as text and the runtime (`web/`), which reads it in the browser. Nothing is
fetched; the content-security policy allows one script, which unpacks the runtime, and one style by
their hashes.
"""

import base64
import functools
import html
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from redraw.errors import UsageError
from redraw.export.class_map import map_of, shows_map
from redraw.export.exporter import Option, Subject, Written, unknown_operations
from redraw.export.frames import frames_of
from redraw.export.payload import (
    block,
    escaped,
    file_bytes,
    packed,
    policy_hash,
    program_bytes,
)
from redraw.export.rounding import rounded_bytes
from redraw.fields.program import Program
from redraw.files import atomic_output, check_output
from redraw.storage.codecs.network import packed_network

KNOWN = frozenset(
    {"affine", "activation", "sigmoid", "softmax", "lookup", "lattice", "regions", "join"}
)
STYLE = (
    "html,body{margin:0;height:100%;background:#fff;color-scheme:light dark}"
    "redraw-field{width:100%;height:100%}"
    "@media(prefers-color-scheme:dark){html,body{background:#16161a}}"
    "noscript{color:#888;font:16px system-ui;padding:1em;display:block}"
)
# Unpacks the runtime and runs it; a strict policy trusts what a trusted script adds.
LOADER = (
    "(async()=>{const d=document,s=d.createElement('script');"
    "const b=Uint8Array.from(atob(d.getElementById('runtime').textContent),c=>c.charCodeAt());"
    "const r=new Blob([b]).stream().pipeThrough(new DecompressionStream('deflate-raw'));"
    "s.src=URL.createObjectURL(new Blob([await new Response(r).blob()],{type:'text/javascript'}));"
    "d.head.append(s)})()"
)
# What scripts say that they read, beside encodings: programs; of files rounded tensors, tensors as
# they are, chunks, networks in whole numbers; layers behind an encoding, if more than a matrix that
# mixes its planes; classes instead of colours; a picture's own pixels; and frames of how a picture
# was learned.
PROGRAMS, LAYERS, CLASSES, EXACT, FRAMES = "programs", "layers", "classes", "exact", "frames"
ROUNDED, TENSORS, CHUNKS, WHOLE = "rounded", "tensors", "chunks", "whole"
# A page is read whole before anything is seen.
LARGEST = 64 * 2**20


class HtmlPage:
    """The page."""

    endings: tuple[str, ...] = (".html", ".htm")
    about = "one page that is the picture: zoom in without end, nothing is fetched"
    options: Mapping[str, Option] = {
        "animate": Option("RUN: also play how it was learned, from a run folder", Path)
    }

    def refuse(self, program: Program) -> str | None:
        """As of `redraw.export.exporter.Exporter`."""
        if program.dimensions != 2 or program.channels > 5:
            return (
                f"a page shows pictures, and the field takes {program.dimensions} coordinates and"
                f" gives {program.channels} values; export it as .py, .c or .onnx"
            )
        return unknown_operations(program, KNOWN, ".html")

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """As of `redraw.export.exporter.Exporter`."""
        if not shows_map(subject):
            subject.check_picture(".html")
        check_output(path, force=force)
        content = page(subject, animate=options.get("animate"))
        with atomic_output(path, force=force) as file:
            file.write(content.encode())
        return Written((path,), notes_on(subject))


def page(subject: Subject, *, animate: Path | None = None) -> str:
    """The whole page.

    Args:
        subject: A picture's field.
        animate: A run folder whose frames are played, too.

    Raises:
        UsageError: it would be too large, or the run has no frames.
    """
    data, reads = payload_of(subject)
    if len(data) > LARGEST:
        raise UsageError(
            f"can't export to .html: the field file has {len(data):,} bytes; a page holds up to"
            f" {LARGEST:,}; fit it with a smaller --budget or --max-side"
        )
    blocks = [block("field", "application/x-deflate", packed(data))]
    attributes = ""
    if animate is not None:
        told = subject.progress
        frames = frames_of(animate, lambda share: told(0.2 + 0.8 * share))
        blocks.append(block("frames", "application/json", frames))
        attributes = ' frames="#frames"'
    code = runtime(*reads)
    if animate is not None:
        code += runtime(FRAMES)
    blocks.append(block("runtime", "application/x-deflate", packed(code.encode())))
    script = LOADER
    return (
        (files("redraw.export") / "web/page.html")
        .read_text(encoding="utf-8")
        .format(
            title=escaped(subject.name),
            style=STYLE,
            style_hash=policy_hash(STYLE),
            script=script,
            script_hash=policy_hash(script),
            attributes=attributes,
            blocks="\n".join(blocks),
        )
    )


def payload_of(subject: Subject) -> tuple[bytes, tuple[str, ...]]:
    """What the page holds, and what the runtime has to read for it.

    Where the runtime reads its kind of file that file, tensors rounded; else the program itself.
    """
    if subject.about.schema is not None:
        return program_bytes(*map_of(subject)), (PROGRAMS,)
    config = subject.field.config
    if subject.whole is not None and config is not None:
        return packed_network(subject.whole, config.to_json(), subject.about), (WHOLE,)
    kind = config.encoding.kind if config is not None else ""
    if any(kind in reads for reads in scripts().values()):
        try:
            data = file_bytes(subject)
            rounded = rounded_bytes(subject, data)
            way = TENSORS if data[8:9] == b"{" else CHUNKS
            assert config is not None
            more = [CLASSES] if config.output == "softmax" else []
            more += [LAYERS] if config.hidden or config.bias or config.output != "linear" else []
            more += [EXACT] if config.encoding.exact else []
            return rounded or data, (kind, way if rounded is None else ROUNDED, *more)
        except UsageError:  # changed by hand to what its file can't say
            pass
    return program_bytes(subject.program, subject.about), (PROGRAMS,)


def in_notebook(subject: Subject, caption: str, still: bytes, height: int = 480) -> str:
    """The page in a frame of its own, for notebooks that allow scripts; it works offline.

    Args:
        subject: What is shown.
        caption: A line below it.
        still: The picture as a PNG, which is under the frame: notebooks that are not trusted take
            the frame away and show what is left of the HTML, no other kind of output.
        height: Of the frame at most, in pixels.
    """
    width, high = subject.about.size
    aspect = f"grid-area:1/1;aspect-ratio:{width}/{high};max-height:{height}px"
    name = escaped(subject.name)
    encoded = base64.b64encode(still).decode()
    return (
        '<figure style="margin:0"><div style="display:grid">'
        f'<img alt="{name}" style="{aspect};max-width:100%" src="data:image/png;base64,{encoded}">'
        f'<iframe sandbox="allow-scripts allow-same-origin" style="{aspect};width:100%;border:0"'
        f' title="{name}" srcdoc="{html.escape(page(subject))}"></iframe></div>'
        f'<figcaption style="font:small sans-serif">{escaped(caption)}</figcaption></figure>'
    )


@functools.cache
def scripts() -> dict[str, frozenset[str]]:
    """The scripts of the runtime by what they read, the shortest first (`web/npm/build.mjs`)."""
    found = {}
    folder = files("redraw.export") / "web/npm"
    texts = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if _is(each)}
    for name in sorted(texts, key=lambda name: len(texts[name])):
        banner = re.match(r"/\*! redraw-field, [^;]*; reads ([^;]*);", texts[name])
        assert banner is not None
        found[name] = frozenset(banner[1].split())
    return found


def _is(entry: Traversable) -> bool:
    return entry.name.endswith(".js")


def runtime(*reads: str) -> str:
    """The shortest script that reads all of this; without anything, the one that reads all."""
    wanted = set(reads or (PROGRAMS,))
    name = next(name for name, known in scripts().items() if wanted <= known)
    return (files("redraw.export") / "web/npm" / name).read_text(encoding="utf-8")


def notes_on(subject: Subject) -> tuple[str, ...]:
    """What a page shows otherwise than a picture file would."""
    colour = subject.about.colour
    if colour is None:
        return ()
    notes = []
    if colour.icc is not None and not is_wide(colour.icc):
        notes.append("the page shows its numbers as sRGB; it knows no ICC profile but Display P3")
    if colour.curve is not None:
        notes.append("light brighter than white is cut off at white in the page")
    return tuple(notes)


def is_wide(icc: bytes) -> bool:
    """Whether an ICC profile is that of Display P3, as the page looks for it."""
    return b"Display P3" in icc.replace(b"\0", b"")
