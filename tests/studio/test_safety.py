"""What hostile or unlucky surroundings do to a studio: full disks, half-sent requests, links."""

import importlib
import io
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time

import pytest
from PIL import Image

from redraw.signals.picture.bundled import bundled

HALF = 300  # connections


def opened(studio, said):
    """A connection on which this was said."""
    made = socket.create_connection(("127.0.0.1", studio.port), timeout=600)
    made.sendall(said)
    return made


@pytest.mark.parametrize("where", ["head", "body"])
def test_half_sent_requests_do_not_keep_others_out(studio, where):
    head = (
        f"POST /api/pace HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nCookie: {studio.cookie}\r\n"
        f"Origin: http://127.0.0.1:{studio.port}\r\nContent-Length: 20\r\n"
    )
    said = head if where == "head" else f'{head}\r\n{{"pace"'
    held = [opened(studio, said.encode()) for _ in range(HALF)]
    try:
        for _ in range(5):
            began = time.monotonic()
            assert "fits" in studio.get("/api/state")
            assert time.monotonic() - began < 10.0  # it waits for none of them
    finally:
        for made in held:
            made.close()


def test_a_half_sent_request_is_closed_after_a_while(studio):
    with opened(studio, b"GET / HTTP/1.1\r\nHo") as made:
        made.settimeout(60)
        assert made.recv(100) == b""


def test_a_tile_of_a_false_size_is_refused(studio):
    (name,) = studio.begin("cub", "siren", options={"steps": 3}, settings={"hidden": "8"})
    studio.until(name, lambda fit: fit["state"] == "finished")
    found = studio.post(f"/api/fits/{name}/snapshot", {})
    assert (found["width"], found["height"]) == (200, 200)
    for how in ("field", "lanczos", "bicubic", "nearest"):
        at = f"/api/tiles/{name}/{found['step']}/{how}"
        for size in ("w=1000000&h=1000000", "w=200&h=199"):
            status, _, content = studio.ask(f"{at}/-8/0_0.png?{size}")
            assert status == 400
            assert "the picture is 200x200" in json.loads(content)["error"]
        assert studio.ask(f"{at}/0/0_0.png?w=200&h=200")[0] == 200


def test_a_run_whose_frames_are_a_link_is_not_followed(studio, tmp_path):
    (name,) = studio.begin("cub", "siren", options={"steps": 3}, settings={"hidden": "8"})
    studio.until(name, lambda fit: fit["state"] == "finished")
    secret = tmp_path / "frames"
    secret.mkdir()
    Image.new("L", (8, 8), 77).save(secret / "000003.png")
    frames = studio.folder / f"{name}.run" / "frames"
    shutil.rmtree(frames)
    frames.symlink_to(secret)
    inside = (secret / "000003.png").read_bytes()
    for path in ("frames/3.png", "save/run.zip", "save/timelapse.png", "command"):
        status, _, content = studio.ask(f"/api/fits/{name}/{path}")
        assert status == 400, path
        assert inside not in content
    assert name not in {run["name"] for run in studio.get("/api/folder")["runs"]}


@pytest.mark.slow
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path, started_in):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "none", str(small)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(mount, capture_output=True).returncode
    ):
        pytest.skip("a small file system can't be mounted here; it takes root on Linux")
    try:
        with started_in(small) as studio:
            noise = io.BytesIO()
            Image.frombytes("RGB", (256, 256), os.urandom(3 * 256 * 256)).save(noise, "PNG")
            status, found = studio.upload(noise.getvalue(), "noise.png")
            assert status == 507
            assert "no room left on the disk" in found["error"]
            assert os.listdir(small) == []
            # What fits still goes.
            assert studio.upload(bundled("cub").read_bytes(), "cub.png")[0] == 200
            # Of 28 KB each; JSON has two more a line.
            tables = [{"text": "x,y" + f"\n1,{n}" * 7_000} for n in range(4)]
            statuses = [studio.ask("/api/tables", table)[0] for table in tables]
            assert statuses[0] == 200
            assert statuses[-1] == 507
            whole = {os.stat(small / name).st_size for name in os.listdir(small)}
            assert whole == {bundled("cub").stat().st_size, len(tables[0]["text"]) + 1}
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_token_is_not_in_the_browsers_command_line(tmp_path):
    command = importlib.import_module("redraw.cli.commands.studio")
    from redraw.studio.serving import Address

    address = Address("127.0.0.1", 7325, "secret-token")
    page = command.entrance(address, tmp_path)
    assert "secret" not in page.as_uri()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert address.url in page.read_text()


def test_what_is_no_text_on_a_websocket_leaves_no_traceback(tmp_path, started_in):
    pytest.importorskip("websockets")
    from websockets.sync.client import connect

    with started_in(tmp_path) as studio:
        for wrong in (b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x28"):
            with connect(
                f"ws://127.0.0.1:{studio.port}/live",
                origin=f"http://127.0.0.1:{studio.port}",
                additional_headers={"Cookie": studio.cookie},
            ) as made:
                made.send(wrong, text=True)
                with pytest.raises(Exception, match="1007"):
                    for _ in range(100):
                        made.recv(timeout=600)
        said = studio.stop()
    assert "Traceback" not in said
    assert "UnicodeDecodeError" not in said
