"""Batches over S3 as its own library speaks it, to a server that fails one write in ten.

moto and s3fs need another python-dateutil than is pinned here, so they are installed into an
environment of their own, which sees this one's packages after its own. PYTHON_WITH_S3 names a
Python that has them already.
"""

import json
import os
import re
import site
import subprocess
import time
import venv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.waiting import patiently

import redraw
from redraw.batch.manifest import NAME

pytest.importorskip("fsspec", reason="redraw[cluster] is not installed")
SERVER = Path(__file__).parents[1] / "fixtures/s3_server.py"
NEEDED = ("moto[s3]>=5.1", "flask>=3.0", "flask-cors>=5.0", "s3fs>=2024.6")
COUNT = 16
OPTIONS = ("--model", "siren", "--steps", "2", "--set", "engine=reference", "--jobs", "2")
pytestmark = pytest.mark.timeout(900)  # of which half may go into installing
KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python that has S3's client and a server of it."""
    named = os.environ.get("PYTHON_WITH_S3")
    place = Path(named).parents[1] if named else tmp_path_factory.mktemp("s3") / "venv"
    found = place / "bin/python"
    if not named:
        installed(place, str(found))
    packages = next((place / "lib").glob("python*/site-packages"))
    (packages / "parent.pth").write_text("\n".join(site.getsitepackages()))
    return str(found)


def installed(place, python):
    """Make the environment, or skip with the reason."""
    venv.create(place, with_pip=True)
    asked = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *NEEDED]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=600)
    if done.returncode:
        pytest.skip(f"{' and '.join(NEEDED)} can't be installed: {done.stderr.strip()[-200:]}")


@pytest.fixture
def store(python, tmp_path):
    """The environment in which a bucket with pictures is reached, and the server's log."""
    port_file, log = tmp_path / "port", tmp_path / "log"
    log.touch()
    output = (tmp_path / "server").open("w")
    with subprocess.Popen(
        [python, str(SERVER), str(port_file), str(log)], stdout=output, stderr=output
    ) as server:
        try:
            for _ in patiently(120):
                assert server.poll() is None, (tmp_path / "server").read_text()
                if port_file.exists():
                    break
            environment = {
                **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
                **KEYS,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port_file.read_text()}",
                "AWS_EC2_METADATA_DISABLED": "true",
                "PYTHONPATH": str(Path(redraw.__file__).parents[1]),
            }
            random = np.random.default_rng(3)
            (tmp_path / "in").mkdir()
            for place in range(COUNT):
                values = random.integers(0, 256, (16, 16), np.uint8)
                Image.fromarray(values).save(tmp_path / f"in/p{place:02}.png")
            program = (
                "import s3fs; files = s3fs.S3FileSystem(); files.mkdir('scans')\n"
                f"files.put({str(tmp_path / 'in')!r} + '/', 'scans/in/', recursive=True)"
            )
            subprocess.run([python, "-c", program], env=environment, check=True, timeout=600)
            log.write_text("")
            yield environment, log
        finally:
            server.kill()
            output.close()


def fit(python, environment, folder, *names, **options):
    command = [python, "-m", "redraw", "fit", *names, *OPTIONS, *options.pop("more", ())]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=600
    )


def objects(python, environment, tmp_path):
    """All that lies in the output folder of the store."""
    program = (
        "import s3fs; files = s3fs.S3FileSystem()\n"
        f"files.get('scans/out/', {str(tmp_path / 'got')!r} + '/', recursive=True)"
    )
    subprocess.run([python, "-c", program], env=environment, check=True, timeout=600)
    return {
        path.name: path.read_bytes() for path in (tmp_path / "got").rglob("*") if path.is_file()
    }


@pytest.mark.slow
def test_nothing_is_lost_or_done_twice_and_bytes_are_those_of_a_disk(python, store, tmp_path):
    environment, log = store
    names = ("s3://scans/in/*.png", "-o", "s3://scans/out")
    command = [python, "-m", "redraw", "fit", *names, *OPTIONS, "-q"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path) as process:
        for _ in patiently(200):
            if process.poll() is not None or log.read_text().count("put ") >= 8:
                break
        else:
            pytest.fail("eight results were never put")
        process.kill()
    done = fit(python, environment, tmp_path, *names)
    assert done.returncode == 0, done.stdout + done.stderr
    found = objects(python, environment, tmp_path)
    here = fit(python, environment, tmp_path, "in", "-o", "here")
    assert here.returncode == 0, here.stdout + here.stderr
    for path in (tmp_path / "here").glob("*.redraw"):
        assert found[path.name] == path.read_bytes()
        assert found[f"{path.name}.done"] == str(path.stat().st_size).encode()
    assert sum(name.endswith(".redraw") for name in found) == COUNT
    entries = [json.loads(line) for line in found[NAME].splitlines()]
    ended = Counter(entry["output"] for entry in entries if entry["state"] == "done")
    assert len(ended) == COUNT
    assert set(ended.values()) == {1}
    told = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert told["failed"] > 0, "the store never failed: nothing was shown"
    again = fit(python, environment, tmp_path, *names)
    assert again.returncode == 0
    assert f"{COUNT} of them finished before" in again.stdout + again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["keys", "answer"])
def test_who_may_not_or_can_not_is_told_in_a_line(python, store, tmp_path, missing):
    environment, _ = store
    if missing == "keys":
        environment = {name: value for name, value in environment.items() if name not in KEYS}
        environment["HOME"] = str(tmp_path)
    else:
        environment = {**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    began = time.monotonic()
    done = fit(python, environment, tmp_path, "s3://scans/in/p00.png", "-o", "s3://scans/new/")
    said = done.stdout + done.stderr
    assert done.returncode in (1, 2), said
    assert "Traceback" not in said
    assert "can't be" in said
    if missing == "keys":
        assert re.search(r"AWS_ACCESS_KEY_ID", said), said
    assert time.monotonic() - began < 120
