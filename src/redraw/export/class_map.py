"""A table of two numbers and their class as a picture: which class is likely where."""

import numpy as np

from redraw.errors import UsageError
from redraw.export.exporter import Subject
from redraw.fields.program import Affine, Builder, Program
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About

# Of the classes, in this order: those of plots (`redraw.figures.table_plots`), lighter. RGB.
COLOURS = np.array(
    [(138, 174, 213), (222, 146, 134), (151, 189, 157), (187, 160, 206), (220, 190, 130)]
)
SIDE = 512


def shows_map(subject: Subject) -> bool:
    """Whether it is the field of a table of two numbers and few classes."""
    schema = subject.about.schema
    if schema is None or subject.program.dimensions != 2:
        return False
    return 2 <= len(schema.classes) <= len(COLOURS)


def map_of(subject: Subject) -> tuple[Program, About]:
    """The program that gives colours of classes, mixed as likely as they are; y points upwards.

    Raises:
        UsageError: it is another table.
    """
    schema = subject.about.schema
    assert schema is not None
    program = subject.program
    if not shows_map(subject):
        raise UsageError("a page shows tables of two numbers and up to five classes")
    builder = Builder(2)
    builder.add(Affine(np.diag([1.0, -1.0]).astype(np.float32), np.zeros(2, np.float32)), 0)
    for step in program.steps:
        builder.add(step.operation, *(value + 1 for value in step.inputs))
    colours = (COLOURS[: len(schema.classes)] / 255.0).astype(np.float32)
    if program.channels == 1:  # the probability of the second of two classes
        weight, bias = (colours[1] - colours[0])[:, None], colours[0]
    else:
        weight, bias = colours.T, np.zeros(3, np.float32)
    builder.add(Affine(np.ascontiguousarray(weight), bias), len(builder.steps))
    # What a table scored is no quality of the map.
    made = {key: value for key, value in subject.about.made.items() if key != "psnr"}
    about = About((SIDE, SIDE), Colour("rgb"), made=made)
    return builder.finish(), about
