"""An error as other programs read it: problem+json (RFC 9457), in the words of a LakeError."""

from http import HTTPStatus

from starlette.responses import JSONResponse

from engine.errors import LakeError

TYPE = "application/problem+json"
FACTS = ("where", "expected", "found", "next")


def problem(status: int, what: str, **facts: str) -> JSONResponse:
    """The answer that says what is wrong, what was expected, what was found and what to do."""
    said = {name: facts[name] for name in FACTS if facts.get(name)}
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": what, **said}
    return JSONResponse(body, status, media_type=TYPE)


def of_error(status: int, error: LakeError) -> JSONResponse:
    """A LakeError as a problem."""
    return problem(status, error.what, **{name: getattr(error, name) for name in FACTS})
