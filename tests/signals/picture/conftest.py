"""What tests of pictures share."""

import pytest


@pytest.fixture
def table(tmp_path):
    """Write a table's text, give its path."""

    def write(text):
        path = tmp_path / "pixels.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
