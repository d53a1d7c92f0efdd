"""What learns: encoding -> network -> output. PyTorch only."""

from redraw.fields.config import FieldConfig
from redraw.fields.field import Field

__all__ = ["Field", "FieldConfig"]
