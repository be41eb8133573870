"""From a query to checked values, by a resource's declaration; what cannot be served is Refused."""

import re
from collections.abc import Sequence
from typing import Any

from app.api.resource import Parameter, Resource
from engine.errors import LakeError

WHOLE = re.compile(r"-?[0-9]{1,12}", re.ASCII)


class Refused(LakeError):
    """A request that is answered with a reason instead of rows."""

    def __init__(self, status: int, what: str, **facts: str):
        super().__init__(what, **facts)
        self.status = status


def read(resource: Resource, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The value of each parameter: as asked, else its default, else None.

    Raises: Refused (400) for a name that the resource does not have, one that is given twice or
            is missing, and a value that its schema does not allow.
    """
    said: dict[str, str] = {}
    known = {parameter.name: parameter for parameter in resource.accepted}
    for name, value in query:
        if name not in known:
            # Never passed over: a misspelt filter would be answered with everybody.
            raise _bad(f"there is no parameter `{name[:40]}`", expected=", ".join(known))
        # Which of the two was meant nobody can tell.
        if name in said:
            raise _bad(f"`{name}` is given twice", expected=f"one `{name}`")
        said[name] = value
    return {name: _value(parameter, said.get(name)) for name, parameter in known.items()}


def _value(parameter: Parameter, said: str | None) -> Any:
    schema = parameter.schema
    if said is None:
        if parameter.required:
            expected = f"{parameter.name}={parameter.example}, say"
            raise _bad(f"`{parameter.name}` is missing", expected=expected)
        return schema.get("default")
    if schema["type"] == "integer":
        return _number(parameter, said)
    pattern, names = schema.get("pattern"), schema.get("enum")
    if names and said not in names:
        raise _bad(_no(parameter), expected=", ".join(names), found=said[:80])
    # \Z, because $ lets a line break through.
    if pattern and not (len(said) <= schema["maxLength"] and _matches(pattern, said)):
        raise _bad(_no(parameter), expected=f"{parameter.meaning} ({pattern})", found=said[:80])
    return said


def _number(parameter: Parameter, said: str) -> int:
    least, most = parameter.schema["minimum"], parameter.schema["maximum"]
    if not WHOLE.fullmatch(said) or not least <= int(said) <= most:
        raise _bad(
            _no(parameter), expected=f"a whole number from {least} to {most}", found=said[:80]
        )
    return int(said)


def _matches(pattern: str, said: str) -> bool:
    return "\n" not in said and re.search(pattern, said) is not None


def _no(parameter: Parameter) -> str:
    return f"`{parameter.name}` cannot be this"


def _bad(what: str, **facts: str) -> Refused:
    return Refused(400, what, where="the query", **facts, next="see /api/v1")
