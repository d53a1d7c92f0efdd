"""What somebody may try against a studio: each is refused, and the running fit goes on.

One studio for all; a fit runs in it from the first to the last test.
"""

import contextlib
import http.client
import io
import re
import socket
import struct
import zlib

import pytest
from tests.studio.sockets import closing, frame, handshake

MANY = 1000


@pytest.fixture(scope="module")
def fitting(studio):
    """The name of a fit that runs all the time."""
    options = {"steps": 10_000_000}
    settings = {"hidden": "8,8", "batch": "256", "log2_hashmap_size": "8"}
    (name,) = studio.begin("cub", "hash", options=options, settings=settings)
    studio.until(name, lambda fit: fit["state"] == "running" and fit.get("step", 0) > 0)
    return name


@pytest.fixture(autouse=True)
def goes_on(studio, fitting):
    """After each attack the fit is further than before, and the server answers."""
    before = studio.fit(fitting)["step"]
    yield
    fit = studio.until(fitting, lambda fit: fit["step"] > before)
    assert fit["state"] == "running"
    assert not fit["error"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None, "https://127.0.0.1"])
def test_a_foreign_origin_on_the_websocket(studio, origin):
    made, status = handshake(studio, Origin=origin)
    made.close()
    assert status == 403


@pytest.mark.parametrize("path", ["/api/fits", "/api/pace", "/api/pictures?name=a.png"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_a_foreign_origin_on_what_changes_something(studio, path, origin):
    status, _, _ = studio.ask(path, {"pace": 1}, headers={"Origin": origin})
    assert status == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "a@127.0.0.1:{port}"],
)
def test_a_host_that_was_rebound(studio, host):
    host = host.format(port=studio.port)
    for path in ("/", f"/?token={studio.token}", "/api/state", "/static/main.js"):
        status, _, content = studio.ask(path, headers={"Host": host, "Origin": f"http://{host}"})
        assert status == 403
        assert b"is not this studio's" in content
    made, status = handshake(studio, Host=host, Origin=f"http://{host}")
    made.close()
    assert status == 403


@pytest.mark.parametrize(
    "cookie", [None, "", "redraw-studio-{port}=", "redraw-studio-{port}=wrong"]
)
def test_a_missing_token(studio, cookie):
    cookie = cookie and cookie.format(port=studio.port)
    for path in (
        "/",
        "/?token=wrong",
        "/api/state",
        "/static/main.js",
        f"/api/?token={studio.token}",
    ):
        status, headers, _ = studio.ask(path, headers={"Cookie": cookie})
        assert status == 401
        assert "set-cookie" not in headers
    made, status = handshake(studio, Cookie=cookie)
    made.close()
    assert status == 403


def test_the_token_becomes_a_cookie_that_neither_scripts_nor_other_sites_use(studio):
    status, headers, _ = studio.ask(f"/?token={studio.token}", headers={"Cookie": None})
    assert status == 200
    assert headers["set-cookie"].startswith(f"redraw-studio-{studio.port}={studio.token};")
    assert {"HttpOnly", "SameSite=Strict"} <= set(headers["set-cookie"].split("; "))


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/state", "/nowhere"])
def test_every_answer_keeps_the_page_to_itself(studio, path):
    _, headers, _ = studio.ask(path, headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]


TRAVERSALS = [
    "..%2f..%2fsecret",
    "%2e%2e%2fsecret",
    "..%5csecret",
    "%2fetc%2fpasswd",
    "secret%00",
    "....%2f%2fsecret",
    "..",
    "link",
]
PLACES = [
    "/api/pictures/{}.png",
    "/api/pictures/{}.png/picture.png",
    "/api/fits/{}",
    "/api/fits/{}/frame",
    "/api/fits/{}/picture.png",
    "/api/fits/{}/frames/1.png",
    "/api/fits/{}/command",
    "/api/fits/{}/save/field.redraw",
    "/api/fits/{}/save/run.zip",
    "/api/fits/cub/frames/{}.png",
    "/api/fits/cub/save/{}",
    "/api/fields/{}",
    "/api/tiles/{}/0/field/0/0_0.png?w=1&h=1",
    "/api/tiles/{}/0/nearest/0/0_0.png?w=1&h=1",
    "/api/tiles/cub/{}/field/0/0_0.png?w=1&h=1",
    "/api/tiles/cub/0/{}/0/0_0.png?w=1&h=1",
    "/api/tiles/cub/0/nearest/{}/0_0.png?w=1&h=1",
    "/api/tiles/cub/0/nearest/0/{}.png?w=1&h=1",
    "/static/{}",
    "/static/{}/redraw/studio/guard.py",
]


@pytest.mark.parametrize("place", PLACES)
def test_paths_that_lead_elsewhere(studio, place):
    secret = b"\x89PNG nobody may see this"
    outside = studio.folder.parent
    for name in ("secret", "secret.png", "secret.redraw"):
        (outside / name).write_bytes(secret)
    for name in ("link", "link.png", "link.redraw", "link.run"):
        link = studio.folder / name
        if not link.is_symlink():
            link.symlink_to(outside if name == "link.run" else outside / "secret")
    for name in TRAVERSALS:
        status, _, content = studio.ask(place.format(name))
        assert status in (400, 404, 405), (place, name, status)
        assert b"nobody may see this" not in content
        assert b"root:" not in content


@pytest.mark.parametrize(
    "name", ["../../stolen.png", "..\\stolen.png", "/tmp/stolen.png", ".hidden.png", "a\0.png"]
)
def test_a_picture_goes_nowhere_else(studio, name, cub):
    before = set(studio.folder.parent.iterdir())
    status, found = studio.upload(cub, name)
    assert set(studio.folder.parent.iterdir()) == before
    if status == 200:
        assert (studio.folder / found["name"]).is_file()
        assert not found["name"].startswith(".")
        assert "/" not in found["name"]
    else:
        assert status == 400


@pytest.fixture
def cub():
    from redraw.signals.picture.bundled import bundled

    return bundled("cub").read_bytes()


def test_an_upload_of_100_megabytes_by_its_length(studio):
    status, _, content = studio.ask(
        "/api/pictures?name=a.png", raw=b"", headers={"Content-Length": str(100 * 2**20)}
    )
    assert status == 413, content


def test_an_upload_of_100_megabytes_that_does_not_say_so(studio):
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=600)
    connection.putrequest("POST", "/api/pictures?name=a.png", skip_host=True)
    for name, value in (
        ("Host", f"127.0.0.1:{studio.port}"),
        ("Origin", f"http://127.0.0.1:{studio.port}"),
        ("Cookie", studio.cookie),
        ("Transfer-Encoding", "chunked"),
    ):
        connection.putheader(name, value)
    connection.endheaders()
    piece = bytes(2**20)
    with contextlib.suppress(OSError):  # it is refused meanwhile
        for _ in range(100):
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
    # The answer may be lost with a connection that is closed while being written to.
    with contextlib.suppress(OSError, http.client.HTTPException):
        assert connection.getresponse().status == 413
    connection.close()
    assert not [path for path in studio.folder.iterdir() if path.stat().st_size > 2**26]


def bomb(side):
    """A PNG of a few kilobytes that claims to be side x side."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2**20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_decompression_bomb(studio):
    status, found = studio.upload(bomb(30_000), "bomb.png")
    assert status == 400
    assert "900,000,000 pixels" in found["error"]
    assert not list(studio.folder.glob("bomb*"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ" + bytes(1000), "setup.png"),
        (b"\x7fELF" + bytes(1000), "program.jpg"),
        (b"<script>alert(1)</script>", "page.png"),
        (b"#!/bin/sh\necho", "run.sh"),
        (b"", "empty.png"),
    ],
)
def test_a_renamed_executable(studio, content, name):
    status, found = studio.upload(content, name)
    assert status == 400
    assert re.search("which is not read|not a picture|is empty", found["error"])
    assert not (studio.folder / name).exists()


@pytest.mark.parametrize(
    "said",
    [
        b"no JSON",
        b"[]",
        b"{}",
        b'{"watch": 1}',
        b'{"watch": ["a", 2]}',
        b'{"watch": ["a", "b", "c", "d", "e"]}',
        b'{"seen": "a", "watch": []}',
        b"[" * 4000,
        b'{"do": "leave"}',
    ],
)
def test_malformed_messages(studio, said):
    made, status = handshake(studio)
    assert status == 101
    made.sendall(frame(said))
    assert closing(made) == 1003


def test_messages_that_are_no_text(studio):
    for raw, expected in ((frame(b"\x00\xff", opcode=2), 1003), (frame(b"\xff\xfe"), 1007)):
        made, _ = handshake(studio)
        made.sendall(raw)
        assert closing(made) == expected


@pytest.mark.parametrize("length", [5000, 2**31, 2**62])
def test_oversized_messages(studio, length):
    made, _ = handshake(studio)
    made.sendall(frame(b"x" * min(length, 5000), length=length))
    assert closing(made) == 1009


def test_what_is_not_http(studio):
    with socket.create_connection(("127.0.0.1", studio.port), timeout=600) as made:
        made.sendall(b"\x16\x03\x01" + bytes(500) + b"\r\n\r\n")
        assert made.recv(1000).startswith(b"HTTP/1.1 400 ")
    for content in (b"no JSON", b"[1]", b"{" * 1000, b'{"picture": 1}', b"\xff"):
        status, _, _ = studio.ask("/api/fits", raw=content)
        assert status == 400
    assert studio.ask("/api/fits", raw=b" " * 70_000)[0] == 413


def test_requests_for_fits_that_make_no_sense(studio):
    good = {"picture": "cub", "models": ["ink"]}
    for wrong in (
        {"models": []},
        {"models": ["ink"] * 2},
        {"models": ["ink", "hash", "siren", "wire", "relu"]},
        {"models": ["nothing"]},
        {"picture": "../cub.png"},
        {"options": {"output": "/tmp/x"}},
        {"options": {"steps": True}},
        {"settings": {"hidden": 8}},
        {"run": "/tmp/x"},
        {"max_side": "12"},
    ):
        status, _, content = studio.ask("/api/fits", good | wrong)
        assert status == 400, (wrong, content)


def test_a_thousand_open_sockets(studio):
    opened = []
    try:
        for _ in range(MANY):
            made = socket.socket()
            made.settimeout(20)
            made.connect(("127.0.0.1", studio.port))
            opened.append(made)
        # The page gets through while they are all there.
        assert studio.get("/api/state")["fits"]
    finally:
        for made in opened:
            made.close()


def test_more_websockets_than_pages_open(studio):
    opened, statuses = [], []
    try:
        for _ in range(60):
            made, status = handshake(studio)
            opened.append(made)
            statuses.append(status)
        assert statuses.count(101) >= 20
        assert statuses.count(101) <= 24
        assert set(statuses) == {101, 403}
        assert studio.get("/api/state")["fits"]
    finally:
        for made in opened:
            made.close()


def test_a_page_that_never_reads(studio, fitting):
    made, _ = handshake(studio)
    made.sendall(frame(b'{"watch": ["%s"]}' % fitting.encode()))
    studio.until(fitting, lambda fit: fit["number"] > 30)
    made.close()


def test_the_limit_of_pixels_is_that_of_the_page_only(studio):
    from PIL import Image

    content = io.BytesIO()
    Image.new("1", (64, 48)).save(content, "PNG")
    status, found = studio.upload(content.getvalue(), "small.png")
    assert status == 200
    assert (found["width"], found["height"]) == (64, 48)
