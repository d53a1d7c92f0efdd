"""Answers to pages that several addresses give: pictures, what may be kept, files to keep."""

import shutil
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

# How long a page may keep what never changes.
KEPT = {"cache-control": "private, max-age=3600"}
LONGEST = 10**9  # steps, in requests


def png(content: bytes) -> Response:
    """A picture that may be another the next time."""
    return Response(content, media_type="image/png", headers={"cache-control": "private, no-cache"})


def download(path: Path, name: str) -> Response:
    """A file to keep, whose folder is removed afterwards."""
    return FileResponse(
        path,
        filename=name,
        content_disposition_type="attachment",
        background=BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True),
    )
