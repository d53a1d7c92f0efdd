"""What every format promises: hostile names, the same bytes, nothing overwritten, losses told."""

import ast
import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import ImageCms
from tests.export.conftest import SIZE, config_of, drawn, made

from redraw.errors import RedrawError
from redraw.export.registry import known_endings
from redraw.signals.picture.colour import Colour

HOSTILE = '</script><!--*/"""\'\'\'\\\n#error "x"\n*/ ${1} %s {{x}} ]]> \x00\x1b[31m &amp; \u202e'
ENDINGS = sorted(set(known_endings()) - {".frag", ".h", ".htm"})
# What keeps a name at all; the others are numbers only.
NAMED = {".html", ".svg", ".pdf", ".c", ".py", ".glsl", ".wgsl", ".dzi"}


class Disc:
    """Two regions, in place of a field's: paths of noise would take long."""

    width, height = SIZE
    alpha = False
    values = None

    def labels(self, x, y):
        return (np.hypot(x - 11.0, y - 8.0) < 5.0).astype(np.int64)

    def colours(self, x, y, label):
        return np.full((len(x), 3), 0.2 + 0.6 * label)


@pytest.fixture(autouse=True)
def regions(monkeypatch):
    """Paths of a disc, whatever the field."""
    monkeypatch.setattr("redraw.export.svg_file.labelled", lambda subject: Disc())
    monkeypatch.setattr("redraw.export.svg_file.no_regions", lambda subject: None)


@pytest.fixture
def hostile():
    """A drawing whose notes every format could stumble over."""
    field = drawn("ink", 3)
    field.about.made["name"] = field.about.made["model"] = HOSTILE
    return field


def files_of(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_bytes_and_nothing_overwritten(hostile, ending, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        hostile.export(folder / f"it{ending}")
    assert files_of(one) == files_of(other)
    before = files_of(one)
    with pytest.raises(RedrawError, match="force"):
        hostile.export(one / f"it{ending}")
    assert files_of(one) == before
    hostile.export(one / f"it{ending}", force=True)
    assert files_of(one) == before


@pytest.mark.parametrize("ending", [e for e in ENDINGS if e in NAMED])
def test_a_hostile_name_is_text(hostile, ending, tmp_path):
    name = "a\"'<b>&*${x}{{y}} --%s#"  # as a file may be called
    path = tmp_path / f"{name}{ending}"
    hostile.export(path)
    content = path.read_bytes()
    if ending == ".html":
        assert b"<b>" not in content.replace(b"&lt;b&gt;", b"")
    elif ending in (".svg", ".dzi"):
        root = ET.fromstring(content)
        assert not [e for e in root.iter() if e.tag.endswith(("}b", "script"))]
    elif ending == ".py":
        ast.parse(content)
    elif ending == ".pdf":
        assert content.startswith(b"%PDF")
        assert content.rstrip().endswith(b"%%EOF")
    else:  # no line of a comment ends early
        comments = [line for line in content.decode().splitlines() if name[:3] in line]
        assert comments
        assert all(line.lstrip().startswith(("//", "*", "/*")) for line in comments)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_profile_is_kept_or_its_loss_is_told(ending, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    field = drawn("ink", 3)
    field.about = dataclasses.replace(field.about, colour=Colour("rgb", icc=profile))
    written = field.export(tmp_path / f"it{ending}")
    if ending == ".dzi":
        tile = next(path for path in tmp_path.rglob("*.png"))
        assert b"iCCP" in tile.read_bytes()
    else:
        assert any("profile" in note or "sRGB" in note for note in written.notes), written.notes


def test_source_code_says_what_alpha_is(tmp_path):
    for channels in (3, 4):
        field = made(config_of("ink", channels))
        for ending in ("py", "c"):
            path = tmp_path / f"{channels}.{ending}"
            field.export(path)
            told = "The last value is alpha; the others are multiplied by it." in path.read_text()
            assert told == (channels == 4)
