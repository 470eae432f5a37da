"""What was deleted for good is told by nothing any more."""

from __future__ import annotations

from pathlib import Path

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sentisound.api.app import create_app
from sentisound.api.forgetting import Forgetting
from sentisound.idempotency import Repeat, Stored
from sentisound.settings import Settings

REPEAT = Repeat("local", "k1", "f" * 64)


@pytest.mark.parametrize(("status", "forgotten"), [(204, True), (404, False)])
def test_a_deleted_analysis_is_in_no_answer_and_no_message(fake, tmp_path: Path, status: int, forgotten: bool) -> None:
    doors = create_app(Settings.load(data_dir=tmp_path), fake()).state.doors
    doors.rounds.mailbox.register("https://a.example.org/")
    doors.rounds.mailbox.put("analysis.completed", "an_1", {})
    doors.answers.begin(REPEAT)
    doors.answers.keep(REPEAT, Stored(200, "[]", b'{"id": "an_1"}', "an_1"))

    async def delete(_: Request) -> Response:
        return Response(status_code=status)

    async def ask() -> httpx.Response:
        routes = [Route("/v1/analyses/{identity}", delete, methods=["DELETE"])]
        transport = httpx.ASGITransport(Forgetting(Starlette(routes=routes), doors.outcomes))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.delete("/v1/analyses/an_1")

    assert anyio.run(ask).status_code == status
    assert (doors.answers.begin(REPEAT) is None) == forgotten
    assert (doors.rounds.mailbox.list()[0].waiting == 0) == forgotten
    doors.database.close()
