"""`/v1/conversations`: begun, listed, read and deleted. Their turns are taken in qa.web.asking."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qa.web.conversation_store import StoredExchange, Summary
from qa.web.requests import body_of, query_of
from qa.web.schemas import ConversationRequest, ConversationSummary, PageQuery
from qa.web.serving_state import caller_of, state_of


async def begin(request: Request) -> Response:
    """`POST /v1/conversations`."""
    state, caller = state_of(request), caller_of(request)
    body = await body_of(request, ConversationRequest)
    names = caller.chosen(state.service, body.collections)
    made = await state.recall(lambda store: store.begin(caller.owner, names, body.title))
    location = str(request.app.url_path_for("conversation", id=made.id))
    return JSONResponse(_summary(made), 201, {"Location": location})


async def listed(request: Request) -> Response:
    """`GET /v1/conversations`."""
    state, caller = state_of(request), caller_of(request)
    query = query_of(request, PageQuery)
    found, total = await state.recall(lambda store: store.all(caller.owner, query.offset, query.limit))
    following = query.offset + query.limit
    return JSONResponse(
        {
            "conversations": [_summary(one) for one in found],
            "total": total,
            "next_offset": following if following < total else None,
        }
    )


async def read(request: Request) -> Response:
    """`GET /v1/conversations/{id}`."""
    state, caller = state_of(request), caller_of(request)
    identifier = request.path_params["id"]
    found = await state.recall(lambda store: store.get(caller.owner, identifier))
    exchanges = await state.recall(lambda store: store.exchanges(caller.owner, identifier))
    return JSONResponse({**_summary(found), "exchanges": [_exchange(one) for one in exchanges]})


async def delete(request: Request) -> Response:
    """`DELETE /v1/conversations/{id}`."""
    state, caller = state_of(request), caller_of(request)
    identifier = request.path_params["id"]
    await state.recall(lambda store: store.delete(caller.owner, identifier))
    return Response(status_code=204)


def _summary(one: Summary) -> dict[str, object]:
    return ConversationSummary(
        id=one.id,
        title=one.title,
        collections=list(one.collections),
        created=one.created,
        changed=one.changed,
        turns=one.exchanges,
    ).model_dump(mode="json")


def _exchange(one: StoredExchange) -> dict[str, object]:
    # What was stale then is not known any more.
    answer = {**one.answer.as_dict(), "stale": [], "notes": []}
    return {"asked": one.asked.isoformat(), "question": one.question, "answer": answer}
