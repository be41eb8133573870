"""/member and /anomaly: one member's year, and one anomaly with the claims that make it."""

from urllib.parse import urlencode

import polars as pl
from htmltools import TagChild, tags
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.access import reader_of
from app.claims import plain_page
from app.claims.drawing import anomaly_table, member_strip, verdict_form
from app.claims.drawing.claims_table import claims_table
from app.claims.one_member import name_of, one_member
from app.claims.pages.opened import of_lake, said
from app.claims.pages.opened import refused as refusal_page
from app.claims.people import anomalies, refused
from app.claims.people_view import PeopleView
from app.draw import spell
from app.http.origin import is_own
from engine import Lake, open_lake
from engine.access import Reader, may
from engine.claims.claims_behind import AMOUNTS, SHOWN
from engine.errors import LakeError, NotAllowed
from engine.lake import data_folder
from refresh.operate.lifecycle import audited, judge, verdicts

BACK = tags.p(
    tags.a("All members", href="members"),
    " · ",
    tags.a("All that is odd", href=PeopleView(tab="anomalies").address),
)


def member_page(request: Request, lake: Lake) -> Response:
    """What is known of a member, the year as a strip, and every claim."""
    number = request.query_params.get("of", "")[:40]
    of = one_member(lake, number)
    if of is None:
        return said("No such member", f"No member has the number “{number}”.", 404)
    until = spell.day(of.until.isoformat())
    return plain_page.wide(
        f"Member {number}",
        tags.h1(f"Member {number}"),
        *_name(request, number),
        BACK,
        tags.div(
            tags.section(member_strip.facts(of), aria_label="What is known"),
            tags.section(
                tags.h2(f"Twelve months before {until}"),
                member_strip.strip(lake, of),
                aria_label="The year",
            ),
            class_="claims-answer",
        ),
        tags.h2("What is odd"),
        anomaly_table.table(of.odd, {}, nothing="No claim of this member is odd by any rule."),
        tags.h2(f"All claims ({of.claims.height:,})"),
        claims_table(lake, of.claims.head(200).to_dicts()),
        here="members",
    )


def _name(request: Request, number: str) -> tuple[TagChild, ...]:
    """That the name is masked; to who may see it, the way to it."""
    masked = "The name is masked."
    if not may(reader_of(request), "administer"):
        return (tags.p(masked),)
    form = tags.form(
        tags.input(type="hidden", name="of", value=number),
        tags.button("Show the name (the audit log notes who did)", type="submit"),
        method="post",
        action="member-name",
    )
    return tags.p(masked), form


def anomaly_page(request: Request, lake: Lake) -> Response:
    """Expected against observed, why, and the claims."""
    wanted = request.query_params.get("of", "")[:200]
    found = anomalies(lake).filter(pl.col("anomaly_id") == wanted)
    if not found.height:
        words = "That anomaly is not there any more: newer claims may have explained it."
        return said("No such anomaly", words, 404)
    row = found.row(0, named=True)
    claims = _claims_of(lake, row["claim_ids"])
    facts = (
        ("Rule", f"{row['rule']}: {anomaly_table.RULES.get(row['rule'], '')}"),
        ("Observed", anomaly_table.written(row["observed"], row["unit"])),
        ("Expected", anomaly_table.written(row["expected"], row["unit"])),
        ("Costs", anomaly_table.DOLLARS.written(row["effect_cents"])),
        ("Score", f"{row['score']:.1f}"),
        ("When", row["period"] or "–"),
    )
    more = row["claim_count"] - claims.height
    history = verdicts(data_folder()).get(wanted, [])
    return plain_page.wide(
        f"Odd: {row['subject']}",
        tags.h1(row["subject"]),
        BACK,
        tags.p(row["explanation"], class_="atlas-lead"),
        tags.p(anomaly_table.axis(row)),
        tags.dl(*(p for w, t in facts for p in (tags.dt(w), tags.dd(t))), class_="claims-facts"),
        tags.h2("What was said of it"),
        verdict_form.history(history),
        verdict_form.form(wanted, request.query_params.get("refused", "")[:200], by=reader.name)
        if may(reader := reader_of(request), "acknowledge")
        else tags.p("An engineer or a dba says whether it is wrong."),
        tags.h2(f"The claims that make it ({row['claim_count']:,})"),
        tags.p(f"The first {claims.height}; {more:,} more belong to it.") if more > 0 else None,
        claims_table(lake, claims.to_dicts()),
        here="members",
    )


def _claims_of(lake: Lake, ids: list[str]) -> pl.DataFrame:
    """The claims of these numbers, also those that were refused for want of cover."""
    facts = lake.scan("fact_claim").select(*SHOWN, *AMOUNTS)
    both = [facts]
    if lake.has("claims_reject"):
        without = refused(lake).select(
            *("claim_id", "service_date", "member_id", "provider_id", "plan_id", *AMOUNTS),
            status=pl.lit("refused: no cover"),
        )
        both.append(without)
    found = pl.concat(both, how="diagonal").filter(pl.col("claim_id").is_in(ids))
    return found.sort("paid_cents", "claim_id", descending=[True, False]).collect()


async def member_name(request: Request) -> Response:
    """A member's name, to a dba who asks for it on the member's page; each time is noted."""
    if not is_own(request):
        return refusal_page("A name is asked for on the member’s own page.", 403)
    number = str((await request.form()).get("of", ""))[:40]
    try:
        name = await run_in_threadpool(_named, reader_of(request), number)
    except NotAllowed as error:
        return refusal_page(f"{error.what}.", 403)
    except LakeError as error:
        return refusal_page(f"{error.what}.", 503)
    title = f"Member {number}"
    back = tags.p(tags.a("Back to the member", href=f"member?{urlencode({'of': number})}"))
    words = tags.p(f"Name: {name or 'not known'}. That you saw it is noted.")
    return plain_page.text(title, tags.h1(title), words, back)


def _named(by: Reader, member: str) -> str:
    with audited(data_folder(), by, "administer", object=f"name of member {member}"):
        return name_of(open_lake(), member)


async def verdict(request: Request) -> Response:
    """Takes a verdict on an anomaly, from a page of this house alone, and goes back to it."""
    # Another site's page could send a form here in a reader's name.
    if not is_own(request):
        return refusal_page("A verdict is given on the anomaly’s own page.", 403)
    form = {name: str(value) for name, value in (await request.form()).items()}
    given = [form.get(name, "")[:500] for name in ("of", "verdict", "reason")]
    back = {"of": given[0]}
    try:
        await run_in_threadpool(_judge, reader_of(request), *given)
    except NotAllowed as error:
        return refusal_page(f"{error.what}.", 403)
    except LakeError as error:
        back["refused"] = f"{error.what}"
    return RedirectResponse(f"anomaly?{urlencode(back, safe=':')}", status_code=303)


def _judge(by: Reader, anomaly: str, word: str, reason: str) -> None:
    judge(data_folder(), anomaly, word, by=by, reason=reason)


ENDPOINTS = {"/member": of_lake(member_page), "/anomaly": of_lake(anomaly_page)}
