"""Speech-like sound, a Whisper so small that it is made on the spot, and a hub of models on a loopback socket."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.waveform import Origin, Span, Waveform
from sentisound.testing import speech_like

RATE_HZ = 16_000
LANGUAGES = ("en", "pl", "da")


def sound(duration_s: float, seed: int = 0) -> Waveform:
    samples = speech_like(duration_s, RATE_HZ, np.random.default_rng(seed))
    return Waveform(samples, RATE_HZ, Origin("wav", "pcm", RATE_HZ, 1))


@pytest.fixture
def waveform() -> Waveform:
    """Three seconds that look like speech."""
    return sound(3.0)


@pytest.fixture
def whole(waveform: Waveform) -> tuple[Span, ...]:
    return (Span(0.0, waveform.duration_s),)


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a Whisper of one layer with random weights, in the format of faster-whisper."""
    from ctranslate2.converters import TransformersConverter

    published, folder = tmp_path_factory.mktemp("published"), tmp_path_factory.mktemp("whisper") / "tiny"
    _publish(published)
    TransformersConverter(str(published), copy_files=["tokenizer.json"]).convert(str(folder))
    return folder


def _publish(folder: Path) -> None:
    """Write a checkpoint as Hugging Face's library does: 256 bytes as the vocabulary, and Whisper's own tokens."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizerFast,
    )

    vocabulary = {byte: number for number, byte in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary[""] = len(vocabulary)  # by this token the library tells a multilingual model from one of English only
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    names = ["endoftext", "startoftranscript", *LANGUAGES, "translate", "transcribe", "startoflm", "startofprev"]
    names += ["nospeech", "notimestamps", *(f"{0.02 * step:.2f}" for step in range(1501))]
    tokenizer.add_special_tokens([AddedToken(f"<|{name}|>", special=True) for name in names])
    end, start = tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|startoftranscript|>")
    config = WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16,
        num_mel_bins=80, decoder_start_token_id=start, eos_token_id=end, bos_token_id=end, pad_token_id=end,
        suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = WhisperForConditionalGeneration(config)
    model.generation_config.alignment_heads = [[0, 0]]
    model.generation_config._from_model_config = False  # else what is set here is not read again
    ids = {f"<|{name}|>": tokenizer.token_to_id(f"<|{name}|>") for name in LANGUAGES}
    model.generation_config.lang_to_id = ids
    model.save_pretrained(folder)
    text = "<|endoftext|>"
    WhisperTokenizerFast(tokenizer_object=tokenizer, unk_token=text, bos_token=text, eos_token=text).save_pretrained(
        folder
    )
    WhisperFeatureExtractor().save_pretrained(folder)


class Hub:
    """Serves one repository as the Hugging Face Hub does; ``asked`` are the paths that were asked for."""

    COMMIT = "0123456789abcdef0123456789abcdef01234567"

    def __init__(self, repository: str, folder: Path) -> None:
        self.repository = repository
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.asked: list[str] = []
        self.cut_at: int | None = None
        """Bytes of the weights after which the connection ends, once."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        path = path.partition("?")[0]
        if path.startswith(f"/api/models/{self.repository}/tree/"):
            return 200, json.dumps([self._entry(name) for name in self.files]).encode(), {}
        if path.startswith(f"/api/models/{self.repository}"):
            siblings = [{"rfilename": name, "size": len(content)} for name, content in self.files.items()]
            facts = {"id": self.repository, "modelId": self.repository, "sha": self.COMMIT, "siblings": siblings}
            return 200, json.dumps({**facts, "private": False, "tags": [], "downloads": 0}).encode(), {}
        name = path.rpartition("/")[2]
        if path.startswith(f"/{self.repository}/resolve/") and name in self.files:
            tag = hashlib.sha256(self.files[name]).hexdigest()
            return 200, self.files[name], {"ETag": f'"{tag}"', "X-Repo-Commit": self.COMMIT, "Accept-Ranges": "bytes"}
        return 404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"}

    def _entry(self, name: str) -> dict:
        content = self.files[name]
        return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}  # noqa: S324

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(body=True)

            def do_HEAD(self) -> None:
                self._send(body=False)

            def _send(self, *, body: bool) -> None:
                hub.asked.append(f"{self.command} {self.path}")
                status, content, headers = hub._answer(self.path)
                start = int(self.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
                self.send_response(206 if start else status)
                if start:
                    headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
                for name, value in {**headers, "Content-Length": str(len(content) - start)}.items():
                    self.send_header(name, value)
                self.end_headers()
                if not body:
                    return
                if hub.cut_at is not None and self.path.endswith("model.bin"):
                    content, hub.cut_at = content[: hub.cut_at], None
                    self.close_connection = True
                self.wfile.write(content[start:])

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def hub(tiny_whisper: Path) -> Iterator[Hub]:
    served = Hub("Systran/faster-whisper-base", tiny_whisper)
    yield served
    served.stop()
