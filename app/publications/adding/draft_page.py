"""/operations/add/draft: what was understood of a publication: mended, tried and registered."""

from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.publications import plain_page
from app.publications.adding import begin_page, describing, understood_parts
from app.publications.areas import areas
from engine.access import may, refusal
from engine.errors import UnknownName
from engine.lake import data_folder
from refresh.operate.lifecycle import Draft, draft, draft_text, understood

ROOT = "../../"
AGAIN_SECONDS = 2
LEFT_OUT = "-"
ABOUT = (
    ("publication", "Publication", "What people call it.", 255),
    ("domain", "Domain", "Such as Workforce or Operational.", 50),
    ("owner", "Owner", "The e-mail address of who answers for it.", 255),
    ("purpose", "Purpose", "What it is kept for, in a sentence.", 500),
)
MODES = {
    "replace": "replace: the newest period alone",
    "append": "append: every period",
    "upsert": "upsert: the last row of each key",
    "history": "history: each version with its days",
    LEFT_OUT: "leave it out: it is no data",
}


def draft_page(request: Request) -> Response:
    """The page of one draft; while a process is at work on it, it is asked for again."""
    reader = reader_of(request)
    if not may(reader, "register"):
        return begin_page.refused(refusal(reader, "register", object="a draft").what, ROOT)
    data, name = data_folder(), request.query_params.get("id", "")
    try:
        of = draft(data, name, reader)
    except UnknownName:
        return _gone()
    told = understood(data, name)
    refused = request.query_params.get("refused", "")[:500]
    page = plain_page.wide(
        f"Add: {of.given}",
        tags.h1("Add a publication", tags.small(f" · {of.given}")),
        areas(begin_page.HERE, root=ROOT),
        tags.p(refused, role="alert", class_="atlas-note") if refused else None,
        _state(of, told),
        *(_body(of, told, draft_text(data, name)) if not of.is_working else ()),
        root=ROOT,
        here="operations",
    )
    if of.is_working:
        # Without scripts, too: the browser asks again by itself.
        page.headers["Refresh"] = str(AGAIN_SECONDS)
    return page


def _gone() -> Response:
    return plain_page.wide(
        "No such draft",
        tags.h1("There is no such draft"),
        tags.p("It was dropped, or never begun."),
        tags.p(tags.a("Add a publication", href="../add")),
        root=ROOT,
        status=404,
        here="operations",
    )


def _state(of: Draft, told: dict[str, Any]) -> Tag:
    """How it stands, in words."""
    if of.is_working:
        far = f" ({of.done} of {of.total})" if of.total > 1 else ""
        return tags.div(
            tags.p(f"At work: {of.words}{far} …", role="status"),
            tags.progress(value=str(of.done), max=str(max(1, of.total)), aria_label=of.words),
            tags.p(tags.a("Look again", href=f"draft?id={of.id}")),
        )
    parts: list[TagChild] = [tags.p(f"It is {begin_page.STATES[of.state]}.", role="status")]
    if of.error:
        after = f" Next: {of.next}." if of.next else ""
        parts.append(tags.p(f"What went wrong: {of.error}.{after}", role="alert"))
    if of.state == "loaded":
        tables = {source["table"] for source in told["sources"]}
        parts.append(
            tags.ul(
                *(
                    tags.li(tags.a(f"{name}, with its chart", href=f"{ROOT}catalogue/{name}"))
                    for name in sorted(tables)
                ),
                class_="pub-links",
            )
        )
    return tags.div(*parts)


def _body(of: Draft, told: dict[str, Any], text: str) -> list[TagChild]:
    outcome = [tags.h2("What came of it"), understood_parts.outcome(of.outcome)]
    jumps = tags.nav(
        tags.a("What was understood", href="#understood"),
        tags.a("What you say of it", href="#said"),
        tags.a("The manifest", href="#manifest"),
        class_="atlas-jumps",
        aria_label="On this page",
    )
    return [
        jumps if text else None,
        *(outcome if of.outcome else ()),
        tags.span(id="understood"),
        understood_parts.notes(of.notes),
        understood_parts.left_out(told.get("left_out", ())),
        *(
            understood_parts.source(source, of.seen.get(source["code"], {}))
            for source in told["sources"]
        ),
        _form(of, told, text) if text else _short_form(of),
    ]


def _form(of: Draft, told: dict[str, Any], text: str) -> Tag:
    """What is said of it, the text itself, and what to do next."""
    about = told["about"]
    return tags.form(
        tags.input(type="hidden", name="id", value=of.id),
        tags.h2("What you say of it", id="said"),
        tags.div(
            *(
                tags.div(
                    tags.label(words, for_=f"f_{name}"),
                    tags.input(
                        name=name,
                        id=f"f_{name}",
                        value=about.get(name, ""),
                        maxlength=str(most),
                        aria_describedby=f"h_{name}",
                    ),
                    tags.small(hint, id=f"h_{name}"),
                    class_="pub-choice",
                )
                for name, words, hint, most in ABOUT
            )
            if about
            else (),
            *(_mode(source) for source in told["sources"]),
            class_="pub-asked pub-said",
        ),
        *(describing.meanings(source) for source in told["sources"]),
        tags.h2("The manifest", id="manifest"),
        tags.p(
            "From now on the file is read strictly by this text. Mend it where something was"
            " misunderstood."
        ),
        understood_parts.errors(told["errors"]),
        tags.label("Text of the manifest", for_="f_text", class_="visually-hidden"),
        tags.textarea(text, name="text", id="f_text", rows="24", spellcheck="false"),
        _ways(of),
        method="post",
        action="act",
        class_="pub-form",
        aria_label="The draft",
    )


def _mode(source: dict[str, Any]) -> Tag:
    """The load mode of a source with the classifier's word and reason beside it."""
    code = source["code"]
    return tags.div(
        tags.label(f"Load mode of {code}", for_=f"f_mode_{code}"),
        tags.select(
            *(
                tags.option(words, value=mode, selected="" if mode == source["load_mode"] else None)
                for mode, words in MODES.items()
            ),
            name=f"mode {code}",
            id=f"f_mode_{code}",
            aria_describedby=f"h_mode_{code}",
        ),
        tags.small(
            f"{source['pattern'].replace('_', ' ')}, {source['confidence']:.0%} sure:"
            f" {source['reason']}",
            id=f"h_mode_{code}",
        ),
        *(_period(code) if source["undated"] else ()),
        class_="pub-choice pub-mode",
    )


def _period(code: str) -> tuple[Tag, ...]:
    """Where nothing in a file says its period: somebody must, for it is not loaded without."""
    return (
        tags.label(f"Period of {code}, which its file does not say", for_=f"f_period_{code}"),
        tags.input(
            name=f"period {code}", id=f"f_period_{code}", placeholder="2026-02", maxlength="20"
        ),
        tags.small("Such as 2026-02, 2026-Q1, 2025-26."),
    )


def _ways(of: Draft) -> Tag:
    return tags.div(
        _button("save", "Save and check"),
        _button("try", "Try it: load into the sandbox"),
        tags.span(
            tags.input(type="checkbox", name="confirmed", value="yes", id="f_confirmed"),
            tags.label("I have looked at what was understood", for_="f_confirmed"),
            class_="pub-tick",
        ),
        _button("register", "Load again" if of.state == "loaded" else "Register and load"),
        _button("again", "Look at it again"),
        _button("drop", "Drop the draft"),
        class_="pub-buttons",
    )


def _short_form(of: Draft) -> Tag:
    """Where nothing was drafted: once more, or never mind."""
    return tags.form(
        tags.input(type="hidden", name="id", value=of.id),
        tags.div(
            _button("again", "Look at it again"),
            _button("drop", "Drop the draft"),
            class_="pub-buttons",
        ),
        method="post",
        action="act",
        class_="pub-form",
        aria_label="The draft",
    )


def _button(action: str, words: str) -> Tag:
    return tags.button(words, type="submit", name="action", value=action)
