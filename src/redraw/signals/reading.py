"""Reading a file as a picture: the door that stays where it is while the kinds of signals move."""

from redraw.signals.picture.reading import read

__all__ = ["read"]
