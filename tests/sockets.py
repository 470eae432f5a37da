"""Bare sockets to a server, for what no client library would send."""

from __future__ import annotations

import contextlib
import socket
from http.client import HTTPResponse

import httpx

HEAD = (
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n"
    b"Content-Type: multipart/form-data; boundary=cut-here\r\n\r\n"
)


def connected(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=10)


def answered(connection: socket.socket) -> tuple[int, bytes]:
    answer = HTTPResponse(connection)
    answer.begin()
    body = answer.read()
    answer.close()
    return answer.status, body


def read_until_closed(connection: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65_536):
            said += piece
    return said
