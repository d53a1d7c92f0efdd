"""A small comparison that several files look at."""

import numpy as np
import pytest

from redraw.compare.api import concluded, typical
from redraw.compare.entrants import Terms, entrants_from
from redraw.compare.picture_topic import PictureTopic
from redraw.compare.race import Race
from redraw.signals.picture.picture import Picture


def drawing(size: int = 16) -> Picture:
    """Ink on paper, two-tone."""
    values = np.ones((size, size), np.float32)
    values[3 : size - 3, 4:7] = 0.0
    values[size // 2, 2 : size - 2] = 0.0
    return Picture.from_array(values, name="tiny")


@pytest.fixture(scope="session")
def raced(tmp_path_factory):
    """A finished race of two presets and one that fails, with two seeds; and all that was heard."""
    config = tmp_path_factory.mktemp("race") / "more.toml"
    config.write_text('[<odd> & "name"]\nmodel = "relu"\nhidden = [8]\n'.replace(
        '[<odd> & "name"]', "['<odd> & \"name\"']"
    ) + '[diverges]\nmodel = "siren"\noptimizer = "sgd"\nlr_max = 1e6\nloss = "mse"\n'
        'output = "linear"\n')  # fmt: skip
    race = Race(
        PictureTopic(drawing()),
        entrants_from(["siren"], [config]),
        Terms(steps=40, seeds=2, threads=1, engine="reference"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redraw.compare.race.MEASURING", 1e9)  # however slow the machine
        heard = list(race.events())
    return race, heard


@pytest.fixture(scope="session")
def found(raced):
    """What came of it, and the pictures of its page."""
    race, _ = raced
    comparison = concluded(race)
    return comparison, race.topic.sheet(typical(comparison))
