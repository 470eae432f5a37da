"""Pace: a client that stalls or crawls is given up, and does not keep others from being served."""

from __future__ import annotations

import socket
import time

from sockets import HEAD, answered, connected


def test_an_upload_that_stalls_is_408(serving, fake) -> None:
    with serving(fake(), upload_idle_s=0.3) as client, connected(client) as connection:
        connection.sendall(HEAD + b"--cut-here\r\n")
        began = time.monotonic()
        status, body = answered(connection)
        assert (status, 0.2 < time.monotonic() - began < 5) == (408, True)
        assert b"nothing came of the upload for 0.3 s" in body
        assert connection.recv(1) == b""  # and the connection is closed


def test_an_upload_that_crawls_is_408(serving, fake) -> None:
    with serving(fake(), upload_idle_s=0.5, upload_max_s=1) as client, connected(client) as connection:
        connection.sendall(HEAD + b'--cut-here\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')
        began = time.monotonic()
        connection.settimeout(0.1)
        while time.monotonic() - began < 8:
            connection.sendall(b"-")
            try:
                if connection.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                continue
        connection.settimeout(5)
        status, body = answered(connection)
        assert status == 408
        assert b"took longer than 1 s" in body
        assert time.monotonic() - began < 4


def test_with_an_idempotency_key_too(serving, fake, tmp_path) -> None:
    with serving(fake(), upload_idle_s=0.3, data_dir=tmp_path) as client, connected(client) as connection:
        connection.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nIdempotency-Key: k1\r\n\r\n"))
        assert answered(connection)[0] == 408


def test_a_long_analysis_is_not_a_slow_upload(serving, fake, wav: bytes) -> None:
    with serving(fake(work=lambda _: time.sleep(1)), upload_idle_s=0.3, upload_max_s=0.5) as client:
        assert client.post("/predict", files={"file": ("a.wav", wav)}).status_code == 200
