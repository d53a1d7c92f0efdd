"""Joining a Ray cluster, or starting one: an address that does not answer is told in seconds."""

import os
import socket
import time
from typing import Any

from redraw.errors import RunError, UsageError

LOCAL = "local"
# Seconds until an address that does not answer is given up.
PATIENCE = 10.0
# What a frame of settings is in HTTP/2; and how a client begins: the preface and one without any.
SETTINGS = 4
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, SETTINGS, 0, 0, 0, 0, 0))
# Tasks under way for each core: one that is at work, and some that wait to be.
AHEAD = 2
# How often a task is handed to another machine when its own is lost.
RETRIES = 5


def joined(address: str, jobs: int) -> Any:
    """Ray, as a member of the cluster.

    Raises:
        UsageError: Ray is not installed, or the address is none.
        RunError: the cluster does not answer, or refuses.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray hides GPUs from tasks that ask for none in a way that it announces on every start.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise UsageError("--ray needs redraw[cluster]: pip install 'redraw[cluster]'") from None
    quiet = {"log_to_driver": False, "configure_logging": True, "logging_level": "ERROR"}
    if address == LOCAL:
        ray.init(num_cpus=jobs, include_dashboard=False, **quiet)
        return ray
    answers(address)
    try:
        ray.init(address=address, **quiet)
    except Exception as error:
        said = " ".join(str(error).split())
        if "ersion mismatch" in said:
            raise RunError(
                f"the cluster at {address} runs another version of Ray or Python: {said[:300]};"
                " install the same here"
            ) from None
        raise RunError(f"the cluster at {address} refuses: {said[:300]}") from None
    return ray


def answers(address: str) -> None:
    """See whether a cluster listens there; Ray itself would wait for minutes.

    Ray speaks gRPC, so whoever is greeted with the opening of HTTP/2 has to greet in return, with
    its settings (RFC 9113, section 3.4).

    Raises:
        UsageError: it is no address.
        RunError: nobody answers, or something else than a cluster.
    """
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(
            f"--ray {address} is no address; accepted: HOST:PORT, ray://HOST:PORT, auto, local"
        )
    try:
        place = host.strip("[]"), int(port)
        with socket.create_connection(place, timeout=PATIENCE) as connection:
            greeted = b"" if _encrypted() else _greeted(connection)
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise RunError(
            f"no cluster answers at {address} within {PATIENCE:g} s: {said}; see `ray status` there"
        ) from None
    if greeted and greeted[3] != SETTINGS:
        raise RunError(
            f"what answers at {address} is no Ray cluster; `ray status` on its machines tells the"
            " address, whose port is 6379 unless another was named"
        )


def _encrypted() -> bool:
    """Whether the cluster expects TLS, and would not understand a plain greeting."""
    return os.environ.get("RAY_USE_TLS", "0").lower() not in ("", "0", "false")


def _greeted(connection: socket.socket) -> bytes:
    """The head of the first frame that comes back for a greeting, 9 bytes.

    Raises:
        OSError: none comes in time.
    """
    end = time.monotonic() + PATIENCE
    connection.sendall(GREETING)
    found = b""
    while len(found) < 9:
        connection.settimeout(max(end - time.monotonic(), 1e-3))
        more = connection.recv(9 - len(found))
        if not more:
            raise OSError("it hangs up")
        found += more
    return found
