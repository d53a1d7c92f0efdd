import sys

import numpy as np
import pytest
from PIL import Image, ImageSequence

from redraw.errors import OutputError, PictureError, RunError, UsageError
from redraw.figures.timelapse import captions, make_timelapse

STEPS = [0, 1, 2, 4, 8, 16, 32, 64]


def grey_frames(folder, size=(30, 20), steps=STEPS):
    """Noise, (step, file), different in every frame."""
    frames = []
    for step in steps:
        values = np.random.default_rng(step).integers(0, 256, (size[1], size[0]), np.uint8)
        path = folder / f"{step:06d}.png"
        Image.fromarray(values).save(path)
        frames.append((step, path))
    return frames


def colour_frames(folder, size, steps=STEPS):
    """Plain colours, (step, file), which survive lossy coding."""
    frames = []
    for index, step in enumerate(steps):
        path = folder / f"{step:06d}.png"
        Image.new("RGB", size, (30 + 20 * index, 200 - 20 * index, 90)).save(path)
        frames.append((step, path))
    return frames


def movie(path):
    """Frames as RGB arrays and their milliseconds."""
    with Image.open(path) as image:
        pages = [
            (np.asarray(page.convert("RGB")), page.info.get("duration"))
            for page in ImageSequence.Iterator(image)
        ]
    return [page for page, _ in pages], [duration for _, duration in pages]


def video(path):
    """Frames as RGB arrays, and their seconds."""
    import av

    with av.open(path) as container:
        frames = list(container.decode(video=0))
        seconds = [float(frame.pts * frame.time_base) for frame in frames]
        return [frame.to_ndarray(format="rgb24") for frame in frames], seconds


def test_gif_shows_every_frame_of_a_grey_picture_exactly(tmp_path):
    frames = grey_frames(tmp_path)
    make_timelapse(reversed_order := frames[::-1], tmp_path / "out.gif", size=90)
    pages, _ = movie(tmp_path / "out.gif")
    assert len(pages) == len(reversed_order)
    for page, (_, path) in zip(pages, frames, strict=True):
        enlarged = np.asarray(Image.open(path)).repeat(3, axis=0).repeat(3, axis=1)
        left = (page.shape[1] - 90) // 2  # the caption may need more room
        assert np.array_equal(page[:60, left : left + 90, 0], enlarged)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_time_is_spread_evenly_and_the_end_is_held(tmp_path, kind):
    out = tmp_path / f"out.{kind}"
    make_timelapse(grey_frames(tmp_path), out, seconds=3.0, hold=2.0)
    _, durations = movie(out)
    # WebP's decoder tells when a page begins, GIF's how long it stays; both come as "duration".
    assert sum(durations) == 5000
    assert all(abs(duration - 3000 / 8) <= 10 for duration in durations[:-1])


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animations_repeat_for_ever(tmp_path, kind):
    out = tmp_path / f"out.{kind}"
    make_timelapse(grey_frames(tmp_path), out)
    with Image.open(out) as image:
        assert image.info["loop"] == 0


def test_webp_keeps_colours(tmp_path):
    frames = colour_frames(tmp_path, (160, 120))
    make_timelapse(frames, tmp_path / "out.webp", size=160)
    pages, _ = movie(tmp_path / "out.webp")
    assert len(pages) == len(frames)
    for page, (_, path) in zip(pages, frames, strict=True):
        shown = page[10:110, 10:150].reshape(-1, 3).mean(axis=0)
        assert np.abs(shown - np.asarray(Image.open(path))[0, 0]).max() < 3  # lossy, 4:2:0


def test_gif_keeps_colours(tmp_path):
    frames = colour_frames(tmp_path, (160, 120))
    make_timelapse(frames, tmp_path / "out.gif", size=160)
    pages, _ = movie(tmp_path / "out.gif")
    for page, (_, path) in zip(pages, frames, strict=True):
        assert np.abs(page[50, 80].astype(int) - np.asarray(Image.open(path))[0, 0]).max() <= 2


def test_frames_beyond_25_per_second_are_thinned_out(tmp_path):
    frames = grey_frames(tmp_path, steps=range(100))
    make_timelapse(frames, tmp_path / "out.gif", seconds=1.0, hold=0.0, size=30)
    pages, durations = movie(tmp_path / "out.gif")
    assert len(pages) == 25
    assert durations == [40] * 25
    left = (pages[0].shape[1] - 30) // 2
    for page, (_, path) in ((pages[0], frames[0]), (pages[-1], frames[-1])):
        assert np.array_equal(page[:20, left : left + 30, 0], np.asarray(Image.open(path)))


def test_mp4_has_even_sides_and_the_right_length(tmp_path):
    pytest.importorskip("av", reason="needs the extra `video`")
    frames = colour_frames(tmp_path, (161, 121))
    make_timelapse(frames, tmp_path / "out.mp4", seconds=2.0, hold=1.0, size=161)
    pages, seconds = video(tmp_path / "out.mp4")
    height, width, _ = pages[0].shape
    assert width == 162
    assert height % 2 == 0
    assert len(pages) == 75  # 3 seconds at 25 per second
    assert np.allclose(np.diff(seconds), 1 / 25)
    for index, (_, path) in enumerate(frames):
        middle = pages[round((index + 0.5) * 2.0 / len(frames) * 25)]
        shown = middle[10:110, 10:150].reshape(-1, 3).mean(axis=0)
        assert np.abs(shown - np.asarray(Image.open(path))[0, 0]).max() < 4  # lossy, 4:2:0
    assert np.abs(pages[-1][50, 80].astype(int) - pages[-26][50, 80]).max() <= 2  # held
    content = (tmp_path / "out.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # plays before it is wholly loaded


def test_mp4_without_pyav_is_refused_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(OutputError, match=r"redraw\[video\]"):
        make_timelapse(grey_frames(tmp_path), tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_sheet_shows_up_to_twelve_frames_in_reading_order(tmp_path):
    frames = grey_frames(tmp_path, size=(160, 120), steps=range(45))
    make_timelapse(frames, tmp_path / "out.png", size=160)
    sheet = np.asarray(Image.open(tmp_path / "out.png"))
    places = []
    for step, path in frames:
        corner = np.asarray(Image.open(path))[0, :20]
        windows = np.lib.stride_tricks.sliding_window_view(sheet, (20,), axis=1)
        for row, column in np.argwhere((windows == corner).all(axis=-1)):
            frame = np.asarray(Image.open(path))
            assert np.array_equal(sheet[row : row + 120, column : column + 160], frame)
            places.append((row, column, step))
    shown = [step for _, _, step in sorted(places)]
    assert shown == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44]
    assert 1.0 < sheet.shape[1] / sheet.shape[0] < 1.8  # about 4:3


def test_large_frames_are_shrunk(tmp_path):
    frames = colour_frames(tmp_path, (1800, 90), steps=[0, 1])
    make_timelapse(frames, tmp_path / "out.gif")
    pages, _ = movie(tmp_path / "out.gif")
    assert pages[0].shape[1] == 800
    assert 40 < pages[0].shape[0] < 100


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (5000, 1)])
@pytest.mark.parametrize("kind", ["gif", "webp", "png", "mp4"])
def test_odd_shapes_leave_room_for_the_caption(tmp_path, size, kind):
    if kind == "mp4":
        pytest.importorskip("av", reason="needs the extra `video`")
    out = tmp_path / f"out.{kind}"
    make_timelapse(grey_frames(tmp_path, size, steps=[0, 1000]), out, seconds=0.2, hold=0.0)
    if kind == "mp4":
        assert len(video(out)[0]) == 5
    else:
        assert movie(out)[0][0].shape[1] >= 50  # "step 1,000" is readable


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "mp4"])
def test_one_frame_is_shown_for_the_whole_time(tmp_path, kind):
    if kind == "mp4":
        pytest.importorskip("av", reason="needs the extra `video`")
    out = tmp_path / f"out.{kind}"
    make_timelapse(colour_frames(tmp_path, (160, 120), steps=[7]), out, seconds=1.0, hold=1.0)
    pages = video(out)[0] if kind == "mp4" else movie(out)[0]
    assert len(pages) == (50 if kind == "mp4" else 1)
    assert np.abs(pages[0][60, 80].astype(int) - [30, 200, 90]).max() <= 4


def test_captions_are_drawn(tmp_path):
    frames = colour_frames(tmp_path, (400, 50), steps=[0, 1, 2])

    def bands(labels):
        make_timelapse(frames, tmp_path / "out.gif", labels=labels, size=400, force=True)
        return [page[50:] for page in movie(tmp_path / "out.gif")[0]]

    same = bands({0: "learning", 1: "learning", 2: "learning"})
    assert all(band.min() < 60 and band.max() > 200 for band in same)
    assert np.abs(same[0].astype(int) - same[2]).max() < 30  # but for the palettes
    plain, partly = bands(None), bands({1: "learning"})
    assert np.abs(plain[0].astype(int) - plain[2]).max() > 100  # "step 0" and "step 2"
    assert np.abs(partly[1].astype(int) - same[1]).max() < 30
    assert np.array_equal(partly[0], plain[0])


def test_transparent_frames_are_shown_on_paper(tmp_path):
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[:, :50] = [255, 0, 0, 255]  # red, and transparent black
    Image.fromarray(pixels).save(tmp_path / "0.png")
    make_timelapse([(0, tmp_path / "0.png")], tmp_path / "out.gif", size=100)
    page = movie(tmp_path / "out.gif")[0][0]
    assert np.abs(page[50, 25].astype(int) - [255, 0, 0]).max() <= 2
    assert np.abs(page[50, 75].astype(int) - 255).max() <= 2


def test_captions_from_a_log(tmp_path):
    frames = [(step, tmp_path) for step in (0, 10, 1000, 2000)]
    records = [
        {"event": "started", "version": "1"},
        {"event": "progress", "step": 0, "loss": 0.1, "psnr": None},
        {"event": "progress", "step": 10, "loss": 0.1, "psnr": 12.345},
        {"event": "evaluation", "step": 1000, "psnr": 1.0},
        {"event": "evaluation", "step": 1000, "psnr": 31.416},
        {"event": "progress", "step": 1000, "loss": 0.1, "psnr": 20.0},
        {"event": "progress", "step": 1500, "psnr": 33.0},
        {"event": "evaluation", "step": 2000, "psnr": float("inf")},
    ]
    assert captions(frames, records) == {
        0: "step 0",
        10: "step 10   about 12.3 dB",
        1000: "step 1,000   31.42 dB",
        2000: "step 2,000   inf dB",
    }


def test_what_is_refused(tmp_path):
    frames = grey_frames(tmp_path)
    with pytest.raises(RunError, match="--frames"):
        make_timelapse([], tmp_path / "out.gif")
    with pytest.raises(UsageError, match=r"out\.avi.*\.gif"):
        make_timelapse(frames, tmp_path / "out.avi")
    for numbers in ({"seconds": 0}, {"seconds": np.nan}, {"hold": -1}, {"size": 0}):
        with pytest.raises(UsageError, match="; accepted: "):
            make_timelapse(frames, tmp_path / "out.gif", **numbers)
    assert list(tmp_path.glob("out*")) == []


def test_frames_of_different_sizes_are_refused(tmp_path):
    frames = grey_frames(tmp_path)
    Image.new("L", (31, 20)).save(frames[3][1])
    with pytest.raises(RunError, match="step 4 has 31x20 pixels and the first one 30x20"):
        make_timelapse(frames, tmp_path / "out.gif")


def test_what_was_there_survives(tmp_path):
    frames, out = grey_frames(tmp_path), tmp_path / "out.gif"
    out.write_bytes(b"precious")
    with pytest.raises(OutputError, match="--force"):
        make_timelapse(frames, out)
    frames[-1][1].write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"000064\.png"):
        make_timelapse(frames, out, force=True)
    assert out.read_bytes() == b"precious"
    make_timelapse(frames[:-1], out, force=True)
    assert len(movie(out)[0]) == 7
