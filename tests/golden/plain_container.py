"""A second reader of containers, from docs/format.md alone: their chunks."""

import zlib


def leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def chunks(data):
    assert data[:5] == b"\x89RDW\x03"
    at = 5
    while True:
        name = data[at : at + 2]
        length, start = leb(data, at + 2)
        content = data[start : start + length]
        at = start + length + 4
        assert zlib.crc32(name + content) == int.from_bytes(data[at - 4 : at], "little")
        if name == b"EN":
            return
        yield name.decode(), content
