"""Fields of every kind, with parameters of a size that matters, for all exporters."""

import dataclasses
import functools
import os
import shutil

import pytest
import torch
from tests.conftest import QUIET_CHROMIUM, Pages
from tests.export.served import served
from tests.fields.drawn_labels import labelled

from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.labels_config import LabelsConfig
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.result.fitted import FittedField
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About

SMALL_GRID = HashGridConfig(
    n_levels=4,
    n_features_per_level=2,
    log2_hashmap_size=7,
    base_resolution=4.0,
    per_level_scale=2.0,
)
SIZE = (23, 17)


def config_of(name: str, channels: int) -> FieldConfig:
    """A preset's field, small: narrow layers, a picture of 23 x 17."""
    config = dataclasses.replace(PRESETS[name].field, channels=channels)
    if isinstance(config.encoding, SplineConfig):
        encoding = SplineConfig(*SIZE, channels, room=800, transforms=3, subpixel=6)
    elif isinstance(config.encoding, HashGridConfig):
        encoding = SMALL_GRID
    elif isinstance(config.encoding, FourierConfig):
        encoding = FourierConfig(5, 3.0)
    elif isinstance(config.encoding, AxisConfig):
        encoding = AxisConfig(octaves=4)
    else:
        encoding = config.encoding
    hidden = tuple(min(width, 10) for width in config.hidden[:3])
    return dataclasses.replace(config, encoding=encoding, hidden=hidden)


def drawn(name: str, channels: int) -> FittedField:
    """A preset's field with drawn parameters."""
    if isinstance(PRESETS[name].field.encoding, LabelsConfig):
        field = labelled(channels, *SIZE, dtype=torch.float32)
        model = {1: Colour("grey"), 2: Colour("grey", alpha=True), 3: Colour("rgb")}.get(channels)
        return FittedField(field, About(SIZE, model or Colour("rgb", alpha=True), detail=6))
    return made(config_of(name, channels))


def made(config: FieldConfig, size=SIZE, *, colour: Colour | None = None) -> FittedField:
    """A field in float32 with drawn parameters, as if it were fitted to a picture."""
    field = Field.build(config, seed=5)
    generator = torch.Generator().manual_seed(2)
    encoding = field.encoding
    with torch.no_grad():
        for parameter in encoding.parameters():
            if parameter.ndim == 2:
                parameter.normal_(0.0, 0.5, generator=generator)
        if isinstance(config.encoding, SplineConfig):
            count = min(encoding.values.numel(), 150)
            total = config.encoding.width * config.encoding.height * config.encoding.planes
            places = torch.randperm(total, generator=generator)[:count].sort().values
            encoding.significant[:count] = places.to(torch.int32)
            encoding.values[:count] = torch.randn(count, generator=generator) * 0.3
            encoding.bits.fill_(8)  # not none: then a file has them
            encoding.block_transforms.random_(config.encoding.transforms, generator=generator)
            encoding.subpixel.normal_(0.0, 0.2, generator=generator)
            for layer in field.network.layers:
                layer.weight.copy_(torch.eye(len(layer.weight)) + 0.1)
    field.sharpness = 6.0 if config.output == "sigmoid" else 1.0
    if colour is None:
        models = {1: Colour("grey"), 2: Colour("grey", alpha=True), 3: Colour("rgb")}
        colour = models.get(config.channels, Colour("rgb", alpha=True))
    return FittedField(field, About(size, colour, detail=2, made={"psnr": 30.0}))


# A sine network, a hash grid, a spline with subpixel detail and labels have every operation.
QUICK = ("ink", "hash", "spline", "cel")
OF_PICTURES = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
    for name in PRESETS
    if name not in ("table", "linear")
]


@pytest.fixture(params=OF_PICTURES)
def any_field(request) -> FittedField:
    """One of each preset that draws pictures, in colour."""
    return drawn(request.param, 3)


@pytest.fixture
def drawing() -> FittedField:
    """A small field of the kind that drawings have."""
    return made(config_of("ink", 1))


def some_points(dimensions: int = 2, count: int = 200):
    """Coordinates inside and outside of the picture, float64. (N, D)"""
    generator = torch.Generator().manual_seed(9)
    inside = torch.rand(count, dimensions, generator=generator, dtype=torch.float64) * 2 - 1
    special = torch.tensor([[-1.0], [1.0], [0.0], [1.3], [-1.9]], dtype=torch.float64)
    return torch.cat([inside, special.expand(-1, dimensions)]).numpy()


@pytest.fixture(scope="module")
def chromium_with():
    """Launches browsers with flags of their own; one of each kind for a module."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium; as root, scripts/chromium installs it")
    playwright = pytest.importorskip("playwright.sync_api")
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # Of a module: while it lasts, Playwright's event loop is the thread's.
    with playwright.sync_playwright() as driver:

        @functools.cache
        def launched(*flags):
            args = [*QUIET_CHROMIUM, *alone, *flags]
            return driver.chromium.launch(executable_path=path, args=args)

        yield launched


@pytest.fixture
def shown(request, tmp_path):
    """Opens a page with the element, by a script, and a file's bytes, as a site serves them."""

    def opened(browser, data, width, script):
        (tmp_path / "redraw-field.js").write_text(script)
        (tmp_path / "it.redraw").write_bytes(data)
        (tmp_path / "page.html").write_text(
            '<!doctype html><title>it</title><body><script src="redraw-field.js"></script>'
            f'<redraw-field src="it.redraw" width="{width}"></redraw-field>'
        )
        found = Pages(browser)
        request.addfinalizer(found.close)
        address = served(tmp_path)
        request.addfinalizer(lambda: address.__exit__(None, None, None))
        page = found(f"{address.__enter__()}/page.html")
        from tests.export.test_html_page import settled  # whose fixtures stand here

        settled(page)
        return page

    return opened
