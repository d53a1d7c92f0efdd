"""Parts of messages: what came from a file or from the system, fit for one line."""

import errno


def shown(value: object, limit: int = 60) -> str:
    """`value` for a message: on one line, without control characters, cut to `limit`."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def reason(error: Exception) -> str:
    """Why the system refused, as the end of a sentence."""
    text = str(getattr(error, "strerror", None) or error or type(error).__name__)
    shorter = getattr(error, "errno", None) == errno.ENAMETOOLONG
    return text[:1].lower() + text[1:] + ("; give it a shorter name" if shorter else "")
