"""Answers to pages that several addresses give: pictures, what may be kept, files to keep."""

import json
import shutil
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

# How long a page may keep what never changes.
KEPT = {"cache-control": "private, max-age=3600"}
LONGEST = 10**9  # steps, in requests


def png(content: bytes) -> Response:
    """A picture that may be another the next time."""
    return Response(content, media_type="image/png", headers={"cache-control": "private, no-cache"})


def download(path: Path, name: str, notes: list[str]) -> Response:
    """A file to keep, whose folder is removed afterwards; what was lost in it is said."""
    return FileResponse(
        path,
        headers={"x-redraw-notes": quote(json.dumps(notes))},
        filename=name,
        content_disposition_type="attachment",
        background=BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True),
    )
