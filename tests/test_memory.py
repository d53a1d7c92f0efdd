"""What takes memory says how much before it takes it, and takes no more than it said."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.reading import read_tensors

import redraw
from redraw import memory
from redraw.cli.app import run
from redraw.coding.description import Description
from redraw.errors import TooLargeError
from redraw.storage.coded_file import picture_of
from redraw.storage.container import Chunk, chunks_of, container_of, number, packed
from redraw.storage.tensor_file import write_tensors

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def little(monkeypatch):
    """As if 400 MB were free."""
    monkeypatch.setattr(memory, "available", lambda: 400_000_000)


def forged(path, width, height):
    """A coded picture that says another size, its checksums right."""
    source = GOLDEN / "coded" / "rgb.redraw"
    chunks, _ = chunks_of(container_of(source), str(source))
    old = picture_of(chunks, str(source))[0].about
    new = Description.fresh(width, height, old.channels, old.depth)
    heads = [
        b"".join(map(number, (a.width, a.height, a.channels, a.depth, a.levels)))
        for a in (old, new)
    ]
    changed = []
    for chunk in chunks:
        content = chunk.content
        if chunk.name == "PI":
            assert content.startswith(heads[0])
            content = heads[1] + content[len(heads[0]) :]
        if chunk is chunks[-1]:  # as many bytes as such a picture has at least
            content += bytes(new.fewest_bytes)
        changed.append(Chunk(chunk.name, content))
    path.write_bytes(packed(changed))


def forged_spline(path, side):
    """The same of a spline of floats: its code is as long as such a picture's has to be."""
    redraw.fit(np.zeros((16, 16, 3)), model="spline", steps=1, output=path, force=True)
    header, tensors = read_tensors(path)
    header["about"]["size"] = [side, side]
    header["field"]["encoding"] |= {"width": side, "height": side}
    tensors["encoding.code"] = torch.zeros(side * side // 1000, dtype=torch.uint8)
    write_tensors(path, tensors, header, force=True)


def refusal(capsys, *arguments):
    assert run([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().err
    assert "\n" not in said.strip()
    return said


@pytest.mark.parametrize("kind", ["coded", "spline"])
@pytest.mark.parametrize("command", ["render", "export", "convert", "diff"])
def test_a_small_file_that_says_it_is_vast_is_refused_by_every_command(
    tmp_path, capsys, little, command, kind
):
    if kind == "coded":
        forged(tmp_path / "a.redraw", 20_000, 20_000)
        expected = "unpacking a picture of 20000x20000 would take about 24.0 GB of memory"
    else:
        forged_spline(tmp_path / "a.redraw", 20_000)
        expected = "unpacking a spline of 20000x20000 would take about 19.2 GB of memory"
    redraw.Picture.from_array(np.zeros((4, 4))).save(tmp_path / "b.png")
    rest = {
        "render": ["a.redraw", "o.png", "--size", "32x32"],
        "export": ["a.redraw", "o.html"],
        "convert": ["a.redraw", "o.png"],
        "diff": ["b.png", "a.redraw"],
    }[command]
    there = [tmp_path / name if name[1:2] == "." else name for name in rest]
    said = refusal(capsys, command, *there)
    assert expected in said
    assert "0.4 GB are free" in said


def test_info_tells_of_it_all_the_same(tmp_path, capsys, little):
    forged(tmp_path / "a.redraw", 20_000, 20_000)
    assert run(["info", str(tmp_path / "a.redraw")]) == 0
    assert "20,000" in capsys.readouterr().out.replace("20000", "20,000")


@pytest.mark.parametrize("name", sorted(p.stem for p in (GOLDEN / "version-1").glob("*.redraw")))
def test_a_vast_drawing_of_any_field_in_memory_is_refused(name, little):
    field = redraw.load(GOLDEN / "version-1" / f"{name}.redraw")
    if field.about.schema is not None:
        pytest.skip("the field of a table is not drawn")
    with pytest.raises(TooLargeError, match="drawing 9000x9000 in memory would take about"):
        field.render(9000, 9000)


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp", "bmp", "gif", "ppm", "jp2", "csv"])
def test_a_picture_is_refused_before_it_is_decoded(tmp_path, monkeypatch, ending):
    redraw.Picture.from_array(np.zeros((600, 700), np.uint8)).save(tmp_path / "a.png")
    path = tmp_path / f"a.{ending}"
    if ending == "csv":
        assert run(["csv", "encode", str(tmp_path / "a.png"), str(path), "--quiet"]) == 0
    elif ending != "png":
        from PIL import Image

        Image.open(tmp_path / "a.png").save(path)
    monkeypatch.setattr(memory, "UNASKED", 1000)
    monkeypatch.setattr(memory, "available", lambda: 8_000_000)
    with pytest.raises(TooLargeError, match=r"reading a\.\w+, 700x600, would take about 0.0 GB"):
        redraw.read(path)


def test_all_pixels_are_not_coded_where_that_takes_too_much(tmp_path, capsys, monkeypatch):
    """It is read and would be refused by nobody; nothing is left of the fit."""
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(0).random((300, 400, 3))
    redraw.Picture.from_array(values).save("a.png")
    monkeypatch.setattr(memory, "UNASKED", 1000)
    monkeypatch.setattr(memory, "available", lambda: 8_000_000)
    said = refusal(capsys, "fit", "a.png", "--model", "wavelet", "--lossless")
    assert "coding all pixels of a picture of 400x300 would take about" in said
    assert "--max-side" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_two_pictures_are_not_compared_where_that_takes_too_much(tmp_path, capsys, monkeypatch):
    redraw.Picture.from_array(np.zeros((600, 700))).save(tmp_path / "a.png")
    monkeypatch.setattr(memory, "UNASKED", 1 << 24)
    monkeypatch.setattr(memory, "available", lambda: 12_000_000)
    said = refusal(capsys, "diff", tmp_path / "a.png", tmp_path / "a.png")
    assert "comparing 700x600 would take about" in said


def test_the_limit_of_the_process_counts():
    program = """
        import resource
        from redraw import memory
        before = memory.available()
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.RLIM_INFINITY))
        assert memory.available() < 1 << 30 < before, (memory.available(), before)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_files_that_a_group_has_read_are_no_memory_that_is_taken(tmp_path, monkeypatch):
    """Numbers of a container of 64 MB that has 50 MB of its 60 in files, 40 of them idle."""
    stat = "anon 10000000\nfile 50000000\ninactive_file 40000000\nactive_file 10000000\n"
    for name, text in (("max", "64000000"), ("current", "60000000"), ("stat", stat)):
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    assert memory.available() == 44_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() > 44_000_000


MEASURED = """
    import sys
    from pathlib import Path
    import numpy as np
    import redraw
    from redraw.coding.picture import PER_VALUE as CODED
    from redraw.fitting.result.painting import PER_VALUE as DRAWN

    path, width, height, coded = sys.argv[1], *map(int, sys.argv[2:5])
    small = redraw.load(sys.argv[5])
    small.render(64, 48)  # what drawing needs besides: kernels and libraries
    # Not `resource`: there a process inherits the peak of the one that started it.
    def peak():
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(int(x.split()[1]) for x in lines if x.startswith("VmHWM:"))

    before = peak()
    field = redraw.load(path)
    values = width * height * field.colour.channels
    said = DRAWN * values + coded * CODED * field.size[0] * field.size[1] * field.colour.channels
    field.render(width, height)
    took = peak() - before
    print(took, said)
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", ["wavelet", "spline", "cel", "hash", "siren"])
def test_drawing_takes_no_more_than_it_says(tmp_path, model):
    """Beside what any drawing takes: some strips."""
    rng = np.random.default_rng(0)
    side = 1500 if model in ("wavelet", "spline") else 64
    picture = np.kron(rng.random((side // 20 + 1, side // 20 + 1, 3)), np.ones((20, 20, 1)))
    picture = picture[:side, :side].astype(np.float32)
    redraw.fit(picture, model=model, steps=2, output=tmp_path / "a.redraw")
    redraw.fit(picture[:40, :40], model=model, steps=2, output=tmp_path / "b.redraw")
    large, small = str(tmp_path / "a.redraw"), str(tmp_path / "b.redraw")
    program = [sys.executable, "-c", textwrap.dedent(MEASURED)]
    arguments = [large, "2400", "2400", str(int(side > 64)), small]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=True)
    took, said = map(int, done.stdout.split())
    assert took < said + 2**27, (took, said)


def test_large_ssim_is_that_of_all_windows(monkeypatch):
    """In strips of rows, as large pictures are, against all at once."""
    from redraw import metrics

    rng = np.random.default_rng(0)
    a = rng.random((60, 40, 3))
    b = (a + 0.1 * rng.random(a.shape)).clip(0, 1)
    for shape in (a.shape, (60, 9, 3), (12, 40, 3)):
        x, y = a[: shape[0], : shape[1]], b[: shape[0], : shape[1]]
        monkeypatch.setattr(metrics, "SSIM_VALUES", 1 << 21)
        whole = metrics.ssim(x, y)
        monkeypatch.setattr(metrics, "SSIM_VALUES", 7 * shape[1] * 3)
        assert metrics.ssim(x, y) == pytest.approx(whole, abs=1e-12)
