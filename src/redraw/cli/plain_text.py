"""Text that comes from files and names, made harmless for a terminal."""

import re

# Control characters, those that turn the direction of writing, and halves of characters.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Without control characters and half characters, which files may hold, for a terminal.

    Example:
        >>> plain("a\\x1b[31mb\\u202ec")
        'a\\\\x1b[31mb\\\\u202ec'
    """
    return _CONTROLS.sub(_escaped, text)


def on_a_line(text: str) -> str:
    """`plain`, line breaks and tabs as blanks."""
    return plain(re.sub(r"\s*[\r\n\t\v\f]\s*", " ", text).strip())


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def plain_lines(text: str) -> str:
    """Control characters shown as such, line breaks and tabs as they are.

    Example:
        >>> plain_lines("a\\tb\\x07")
        'a\\tb\\\\x07'
    """
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(plain, line.split("\t"))) for line in text.split("\n"))
