"""``/v1/models``: the models with their cards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sentisound.api.access import Owner, requires
from sentisound.api.dependencies import TheParts
from sentisound.api.native import ModelList, ModelShape
from sentisound.api.parts import Parts
from sentisound.api.problems import problems
from sentisound.api.routes.analyses import JSON
from sentisound.api.tags import MODELS

Asker = Annotated[Owner, requires("analyze")]

router = APIRouter(prefix="/v1/models", tags=[MODELS])


@router.get("", response_model=ModelList, responses=problems())
async def models(_: Asker, parts: TheParts) -> Response:
    """List every model, the default first."""
    shown = await run_in_threadpool(_all, parts)
    return Response(ModelList(models=shown).model_dump_json(), media_type=JSON)


@router.get("/{identity}", response_model=ModelShape, responses=problems(404))
async def model(identity: str, _: Asker, parts: TheParts) -> Response:
    """Give one model by its name or by `name@version`."""
    name = await run_in_threadpool(parts.models.named, identity)
    shown = await run_in_threadpool(_all, parts)
    return Response(next(one for one in shown if one.name == name).model_dump_json(), media_type=JSON)


def _all(parts: Parts) -> list[ModelShape]:
    default = parts.models.default.card
    return [ModelShape.of(card, default=card is default) for card in parts.models.cards().values()]
