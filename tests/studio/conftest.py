"""A studio as users start it, in a process of its own, and ways to talk to it."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.waiting import patiently

pytest.importorskip("uvicorn", reason="the studio needs the extra of that name")

STARTING = 600.0  # seconds; kernels may have to be compiled first
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "studio"


class Studio:
    """`redraw studio` in a folder.

    Attributes:
        url: What it printed, with the token.
        port: Where it listens.
        token: Of this start.
        folder: What it sees.
        process: It.
    """

    def __init__(self, folder, *options, start_new_session=False):
        self.folder = folder
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "redraw", "studio", "--no-open", "--port", "0"),
                *("--folder", str(folder), *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=start_new_session,
        )
        said = ""
        for line in self.process.stdout:
            said += line
            if found := re.search(r"(http://\S+?:(\d+)/)\?token=(\S+)", line):
                self.url, self.port, self.token = found[0], int(found[2]), found[3]
                return
        self.process.stdout.close()
        self.process.wait()
        raise AssertionError(f"the studio did not start: {said}")

    @property
    def cookie(self):
        return f"redraw-studio-{self.port}={self.token}"

    def ask(self, path, body=None, *, method=None, headers=None, raw=None, timeout=600):
        """Status, headers and body; asked as the page does unless `headers` say otherwise."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        given = {
            "Host": f"127.0.0.1:{self.port}",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Cookie": self.cookie,
        }
        given |= headers or {}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        verb = method or ("GET" if data is None else "POST")
        try:
            connection.putrequest(verb, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            if data is not None and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path):
        """JSON that has to come."""
        status, _, content = self.ask(path)
        assert status == 200, (path, status, content[:300])
        return json.loads(content)

    def post(self, path, body):
        """JSON that has to come, for something that changes."""
        status, _, content = self.ask(path, body)
        assert status == 200, (path, status, content[:300])
        return json.loads(content)

    def upload(self, data, name):
        """Status and JSON of an upload."""
        status, _, content = self.ask(f"/api/pictures?name={quote(name)}", raw=data)
        return status, json.loads(content) if content.startswith(b"{") else content.decode()

    def fit(self, name):
        """A fit as it is now."""
        found = {fit["name"]: fit for fit in self.get("/api/state")["fits"]}
        return found.get(name)

    def ready(self):
        """Wait until fits can begin."""
        for _ in patiently(STARTING, 0.1):
            if self.get("/api/state")["ready"]:
                break

    def begin(self, picture, *models, **more):
        """Start a fit or a race; the names."""
        self.ready()
        wanted = {"picture": picture, "models": list(models), **more}
        return self.post("/api/fits", wanted)["fits"]

    def until(self, name, true, patience=600.0):
        """Wait until something is true of a fit; the fit."""
        for _ in patiently(patience):
            fit = self.fit(name)
            if fit is not None and true(fit):
                return fit
        raise AssertionError(f"it never came to that: {self.fit(name)}")

    def workers(self):
        """Process numbers of the studio's own processes: [of the fits, of drawing]."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return [int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line]

    def stop(self):
        """Ctrl-C; everything it said from then on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            said, _ = self.process.communicate(timeout=600)
        except subprocess.TimeoutExpired:
            self.process.kill()
            said, _ = self.process.communicate()
            raise AssertionError(f"the studio did not end: {said}") from None
        return said


@contextlib.contextmanager
def started(folder, *options, **more):
    """A studio while the block lasts."""
    studio = Studio(folder, *options, **more)
    try:
        yield studio
    finally:
        studio.stop()


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio in an empty folder, for the tests of a file."""
    with started(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture
def kept():
    """Keeps a screenshot of a page to be looked at: `kept(page, name)`."""

    def keep(page, name):
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def started_in():
    """Starts further studios: `with started_in(folder) as studio`."""
    return started
