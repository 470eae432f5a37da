"""An OpenAI-compatible server of our own on a loopback socket, which answers with shapes as real servers send them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-proj-Zq81mNvT4xR7wLk2"
"""A key that nothing but the Authorization header may hold."""


@dataclass(frozen=True)
class Shape:
    """One answer."""

    status: int = 200
    body: Any = b""
    """Bytes as they are, anything else as JSON."""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    """Before the first byte."""
    drip_s: float = 0.0
    """Between two bytes, of which the first ten are sent so."""
    cut: bool = False
    """Whether the connection ends in the middle of the body."""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def chat(content: str | None, *, finish: str = "stop", **message: Any) -> Shape:
    """Return the answer of ``/chat/completions`` around a text."""
    return Shape(
        body={
            "id": "chatcmpl-CfQy1",
            "object": "chat.completion",
            "created": 1764000000,
            "model": "some-model-2026-01",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content, "refusal": None, **message},
                    "logprobs": None,
                    "finish_reason": finish,
                }
            ],
            "usage": {"prompt_tokens": 911, "completion_tokens": 84, "total_tokens": 995},
        }
    )


def failure(status: int, message: str, code: str | None = None, **headers: str) -> Shape:
    """Return an error in the shape of the API."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    return Shape(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


UNAUTHORISED = failure(
    401, f"Incorrect API key provided: {KEY}. You can find your API key in the dashboard.", "invalid"
)
BUSY = failure(429, "Rate limit reached for requests", "rate_limit_exceeded", Retry_After="0")
BROKEN = failure(500, "The server had an error while processing your request. Sorry about that!")
NO_SCHEMA = failure(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")
REFUSED = chat(None, refusal="I'm sorry, I can't assist with that request.")
MALFORMED = Shape(body=b'{"id": "chatcmpl-CfQy1", "choices": [{"index": 0, "mess')


class ChatServer:
    """Answers each request with the next shape, and goes on with the last one."""

    def __init__(self, shapes: tuple[Shape, ...]) -> None:
        self.asked: list[Asked] = []
        self._shapes = list(shapes)
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _next(self, asked: Asked) -> Shape:
        with self._lock:
            self.asked.append(asked)
            return self._shapes.pop(0) if len(self._shapes) > 1 else self._shapes[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shape = server._next(Asked(self.path, dict(self.headers), body))
                time.sleep(shape.delay_s)
                try:
                    self._answer(shape)
                except OSError:  # the client did not wait
                    self.close_connection = True

            def _answer(self, shape: Shape) -> None:
                self.send_response(shape.status)
                for name, value in {"Content-Type": "application/json", **shape.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(shape.content)))
                self.end_headers()
                content = shape.content[: len(shape.content) // 2] if shape.cut else shape.content
                for byte in content[:10] if shape.drip_s else b"":
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(shape.drip_s)
                self.wfile.write(content[10:] if shape.drip_s else content)
                if shape.cut:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def answering(*shapes: Shape) -> Iterator[ChatServer]:
    """Serve the shapes on a free port."""
    server = ChatServer(shapes)
    server.start()
    try:
        yield server
    finally:
        server.stop()
