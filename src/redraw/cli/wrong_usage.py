"""What to say when the command line itself is wrong."""

from typing import get_args

from cyclopts.exceptions import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)


def explained(error: CycloptsError) -> str:
    """One line: what is wrong, and where to read on."""
    command = " ".join(["redraw", *(error.command_chain or ())])
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        what = f"{error.unused_tokens[0]!r} is one argument too many"
    elif isinstance(error, MissingArgumentError) and error.argument is not None:
        name = error.keyword or error.argument.name
        what = f"{name} needs a value" if name.startswith("-") else f"{name} is missing"
    elif isinstance(error, CoercionError) and error.token is not None:
        what = _converted(error)
    elif isinstance(error, UnknownOptionError) and error.token.value == "-":
        what = "- is no file, and standard input is not read; name a file"
    elif isinstance(error, UnknownOptionError | UnknownCommandError):
        what = _lower(str(error).split(" Available commands:")[0])
    else:
        what = _lower(str(error))
    return f"{what.rstrip('.')}{_stop(what)} see `{command} --help`"


def _converted(error: CoercionError) -> str:
    """A value of the wrong type: what arrived, what is accepted."""
    token = error.token
    assert token is not None
    name = token.keyword or (error.argument.name if error.argument else "the value")
    wanted = get_args(error.target_type) or (error.target_type,)
    for type_, kind in ((int, "a whole number"), (float, "a number")):
        if type_ in wanted:
            return f"{name} is {token.value!r}; accepted: {kind}"
    return _lower(str(error))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _stop(what: str) -> str:
    return "" if what.rstrip(".").endswith("?") else ";"
