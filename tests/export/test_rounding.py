"""A page's numbers: few bits, and the picture that they were meant to show."""

import json
import zlib

import numpy as np
import pytest
import torch
from tests.export.conftest import drawn

from redraw.export.exporter import Subject
from redraw.export.payload import file_bytes
from redraw.export.rounding import ALLOWED, _planes, _steps, rounded_bytes
from redraw.fitting.result.fitted import open_drawer


def subject_of(field):
    return Subject(field, field.about, "it", lambda: open_drawer(field))


@pytest.mark.parametrize("name", ["ink", "cel", "hash", "spline"])
def test_it_shows_the_same_and_is_shorter(name):
    field = drawn(name, 3)
    before = {key: value.clone() for key, value in field.state_dict().items()}
    subject = subject_of(field)
    data = file_bytes(subject)
    rounded = rounded_bytes(subject, data)
    assert rounded is not None
    assert len(zlib.compress(rounded)) < 0.8 * len(zlib.compress(data))  # as pages hold them
    assert rounded == rounded_bytes(subject, data)
    # The field itself is as it was.
    assert all(torch.equal(value, before[key]) for key, value in field.state_dict().items())
    # At other places than it was tried at: twice the largest difference of 4096 is a lot.
    points = np.random.default_rng(5).uniform(-1, 1, (5000, 2))
    wanted = field.lower().run(points)
    with torch.no_grad():
        for key, step in _steps(field, ALLOWED).items():
            field.state_dict()[key].copy_((before[key].double() / step).round() * step)
    assert np.abs(field.lower().run(points) - wanted).max() <= 2 * ALLOWED


def test_planes_of_bytes():
    found = _planes(np.array([0, -1, 1, -2, 130, -130]))
    assert [plane.tolist() for plane in found] == [[0, 1, 2, 3, 4, 3], [0, 0, 0, 0, 1, 1]]
    assert [plane.tolist() for plane in _planes(np.array([0, 0]))] == [[0, 0]]


def test_places_are_how_far_they_rise():
    field = drawn("spline", 3)
    subject = subject_of(field)
    rounded = rounded_bytes(subject, file_bytes(subject))
    assert rounded is not None
    length = int.from_bytes(rounded[4:8], "little")
    at = 8 + length
    for told in json.loads(rounded[8:at])["tensors"]:
        count = int(np.prod(told["shape"], dtype=int))
        size = told["planes"] if "planes" in told else int(told["kind"][1:]) // 8
        if "rising" in told:
            planes = np.frombuffer(rounded[at : at + size * count], np.uint8).reshape(size, count)
            folded = (planes.astype(np.int64) << (8 * np.arange(size)[:, None])).sum(axis=0)
            found = np.cumsum(np.where(folded % 2, -(folded + 1) // 2, folded // 2))
            assert told["name"] == "encoding.significant"
            assert np.array_equal(found, field.state_dict()["encoding.significant"].numpy())
            return
        at += size * count
    pytest.fail("it has no such tensor")


def test_what_is_packed_otherwise_stays():
    assert rounded_bytes(subject_of(drawn("spline", 3)), b"\x89RDW\r\n\x1a\n") is None
