"""A WebSocket by hand, byte by byte, as no library would make it."""

import base64
import os
import socket
import struct


def handshake(studio, *, path="/live", **headers):
    """A WebSocket's opening as bytes, and the socket after it was answered with `status`."""
    given = {
        "Host": f"127.0.0.1:{studio.port}",
        "Origin": f"http://127.0.0.1:{studio.port}",
        "Cookie": studio.cookie,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    given |= headers
    lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in given.items() if v is not None)]
    made = socket.create_connection(("127.0.0.1", studio.port), timeout=600)
    made.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""  # and not a byte more: what is told first may come with it
    while not answer.endswith(b"\r\n\r\n") and (byte := made.recv(1)):
        answer += byte
    return made, int(answer.split()[1]) if answer else 0


def frame(payload, opcode=1, length=None):
    """A WebSocket frame of a client, masked with zeros."""
    length = len(payload) if length is None else length
    if length < 126:
        head = bytes([0x80 | opcode, 0x80 | length])
    else:
        head = bytes([0x80 | opcode, 0xFF]) + struct.pack(">Q", length)
    return head + bytes(4) + payload


def closing(made):
    """Why the server closed a socket: the code of its closing frame, 0 without one."""
    made.settimeout(30)
    with made, made.makefile("rb") as stream:
        while len(head := stream.read(2)) == 2:
            length = head[1] & 0x7F
            if length > 125:
                length = int.from_bytes(stream.read(2 if length == 126 else 8))
            payload = stream.read(length)
            if head[0] & 0x0F == 8:
                return int.from_bytes(payload[:2])
    return 0
