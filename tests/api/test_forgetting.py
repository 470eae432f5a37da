"""What was deleted for good is told by nothing any more."""

from __future__ import annotations

from pathlib import Path

import anyio
import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sentisound.api.app import create_app
from sentisound.idempotency import Repeat, Stored
from sentisound.settings import Settings

REPEAT = Repeat("local", "k1", "f" * 64)


@pytest.mark.parametrize(("status", "forgotten"), [(204, True), (404, False)])
def test_a_deleted_analysis_is_in_no_answer_and_no_message(fake, tmp_path: Path, status: int, forgotten: bool) -> None:
    app = create_app(Settings.load(data_dir=tmp_path), fake())
    app.router.routes[:] = [route for route in app.router.routes if "/v1/analyses" not in getattr(route, "path", "")]
    doors = app.state.doors
    doors.rounds.mailbox.register("https://a.example.org/")
    doors.rounds.mailbox.put("analysis.completed", "an_1", {})
    doors.answers.begin(REPEAT)
    doors.answers.keep(REPEAT, Stored(200, "[]", b'{"id": "an_1"}', "an_1"))

    @app.delete("/v1/analyses/{identity}")
    def delete(identity: str) -> Response:
        if status != 204:
            raise HTTPException(status, identity)
        return Response(status_code=204)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.delete("/v1/analyses/an_1")

    assert anyio.run(ask).status_code == status
    assert (doors.answers.begin(REPEAT) is None) == forgotten
    assert (doors.rounds.mailbox.list()[0].waiting == 0) == forgotten
    doors.database.close()
