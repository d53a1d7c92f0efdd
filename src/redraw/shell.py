"""Paths as they are typed in a shell, for the commands that messages name."""

import os
import re
import shlex

# The placeholder of a path in what is said to be done, by itself: "pdftoppm -png FILE page".
_PLACE = re.compile(r"(?<![\w./'-])FILE(?![\w./'-])")


def quoted(path: str | os.PathLike[str]) -> str:
    """A path as it is typed in a shell, whatever it holds; never like an option.

    Example:
        >>> print(*(quoted(name) for name in ("b c.png", "-x.png", "line\\nbreak.png")))
        'b c.png' ./-x.png $'line\\nbreak.png'
    """
    text = os.fspath(path)
    if text.startswith("-"):
        text = f"./{text}"
    if text.isprintable():
        # zsh takes what follows a first = for the name of a program.
        found = shlex.quote(text)
        return f"'{text}'" if found.startswith("=") else found
    return f"$'{''.join(map(_escaped, text))}'"


def as_text(name: str) -> str:
    """A name of a file that may be stored: bytes that are no UTF-8 as replacement characters.

    Example:
        >>> as_text("a\\udcff.png") == "a\\ufffd.png"
        True
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def with_path(message: str, path: str | os.PathLike[str]) -> str:
    """A message whose commands say FILE, with the path in its place.

    Example:
        >>> with_path("it is a PDF: pdftoppm -png FILE page", "a b.pdf")
        "it is a PDF: pdftoppm -png 'a b.pdf' page"
    """
    return _PLACE.sub(lambda _: quoted(path), message)


def _escaped(character: str) -> str:
    """One character within $'...', which bash, zsh and ksh know."""
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    if character == "\n":
        return "\\n"
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def as_typed(option: str, value: str) -> list[str]:
    """An option and its value as words, together where the value would be taken for an option.

    Example:
        >>> as_typed("--function", "-x"), as_typed("--domain", "x=0:1")
        (['--function=-x'], ['--domain', 'x=0:1'])
    """
    return [f"{option}={value}"] if value.startswith("-") else [option, value]
