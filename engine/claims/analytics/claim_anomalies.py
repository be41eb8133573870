"""Anomalies of single claims: A1 amount, A2 duplicate, A3 cover, A4 impossible, A5 units, A7 pace.

Takes `fact_claim` and the dimensions as the lake has them. Reversals (negative amounts) are never
odd by themselves: they take back what another claim says.
"""

import polars as pl

from engine.claims.analytics.anomaly import anomalies_of, dollars
from engine.claims.analytics.spread import score, spread
from engine.claims.quality.care_limits import OLDEST, age_on, suits_age, suits_sex

ENOUGH_OF_A_CODE = 30
"""Claims of one procedure or drug from which on they are judged among themselves."""
ENOUGH_OF_A_CATEGORY = 10
ODD_AMOUNT = 4.0
LEAST_SPREAD = 0.1
"""Of logarithms of dollars: claims within half as much again as usual are never odd (4 x 0.1)."""
ALIKE = 0.01
ODD_UNITS = 2.0
ENOUGH_UNITS = 100
MOST_A_DAY = 5

_CODE = pl.coalesce(
    pl.when(pl.col(name) != "N/A").then(name) for name in ("cpt", "procedure_code", "drug_name")
)
_CATEGORY = ["major_service_category", "claim_type"]


def amount_scores(claims: pl.LazyFrame) -> pl.LazyFrame:
    """How odd each claim's amount is, and who it was judged among.

    Takes:  `fact_claim`: claim_id, cpt, procedure_code, drug_name, major_service_category,
            claim_type, billed_cents, paid_cents.
    Gives:  claim_id, billed_cents, paid_cents, `code` (procedure, or drug), `among` (the code; or
            category and claim type, where the code has fewer than ENOUGH_OF_A_CODE claims),
            `size` (claims judged among), `usual_cents`, `score` (spreads of log dollars, from
            the median; null: not judged), `verdict`: odd, usual, or too few to judge. Claims of
            nothing or less are left out.
    """
    lf = _billed(claims)
    by_code = spread(lf.filter(pl.col("code").is_not_null()), "log", ["code"], floor=LEAST_SPREAD)
    by_category = spread(lf, "log", _CATEGORY, floor=LEAST_SPREAD)
    both = lf.join(by_code, on="code", how="left").join(
        by_category, on=_CATEGORY, how="left", nulls_equal=True, suffix="_of_category"
    )
    is_by_code = pl.col("is_by_code")
    chosen = both.with_columns(
        is_by_code=(pl.col("size") >= ENOUGH_OF_A_CODE).fill_null(False)
    ).with_columns(
        pl.when(is_by_code).then(name).otherwise(f"{name}_of_category").alias(name)
        for name in ("size", "median", "spread")
    )
    category = pl.concat_str(pl.col(_CATEGORY).fill_null("unknown"), separator=", ")
    judged = chosen.with_columns(
        among=pl.when(is_by_code).then("code").otherwise(category),
        # Those judged by their code have enough of it.
        score=pl.when(pl.col("size") >= ENOUGH_OF_A_CATEGORY).then(score("log")),
    )
    return judged.select(
        "claim_id",
        "billed_cents",
        "paid_cents",
        "code",
        "among",
        "size",
        pl.col("median").exp().alias("usual_cents"),
        "score",
        pl.when(pl.col("score").is_null())
        .then(pl.lit("too few to judge"))
        .when(pl.col("score").abs() > ODD_AMOUNT)
        .then(pl.lit("odd"))
        .otherwise(pl.lit("usual"))
        .alias("verdict"),
    )


def odd_amounts(claims: pl.LazyFrame) -> pl.LazyFrame:
    """A1: claims of which the amount is far from those of the same procedure.

    Takes, and how it is judged: see `amount_scores`.
    Gives:  ANOMALY; the effect is what was paid beyond the usual share of it, and 0 where less was
            billed than usual.
    """
    odd = amount_scores(claims).filter(pl.col("verdict") == "odd")
    beyond = (1 - pl.col("usual_cents") / pl.col("billed_cents")).clip(0)
    return anomalies_of(
        odd,
        rule="A1",
        level="claim",
        subject="claim_id",
        score=pl.col("score").abs(),
        observed=pl.col("billed_cents"),
        expected=pl.col("usual_cents"),
        unit="cents",
        effect_cents=pl.col("paid_cents") * beyond,
        explanation=pl.format(
            "{} was billed; half of the {} claims of {} are at {} or less.",
            dollars(pl.col("billed_cents")),
            "size",
            "among",
            dollars(pl.col("usual_cents")),
        ),
    )


def duplicates(claims: pl.LazyFrame) -> pl.LazyFrame:
    """A2: claims of one member, provider and code, a day apart or less, within 1 % of each other.

    Takes:  `fact_claim`: claim_id, member_id, provider_id, cpt, procedure_code, drug_name,
            service_date, billed_cents, paid_cents.
    Gives:  ANOMALY, one a claim that repeats another: the later one, by day and number. The effect
            is what was paid for it. What a reversal took back is no duplicate.
    """
    same = ["member_id", "provider_id", "code"]
    lf = claims.with_columns(code=_CODE).select(
        *same, "claim_id", "service_date", "billed_cents", "paid_cents"
    )
    day = [*same, "service_date"]
    standing = _not_taken_back(lf, day).filter(pl.col("billed_cents") > 0)
    # Two joins on equal days instead of one on a range: no pair is made that is not close.
    pairs = [
        standing.join(
            standing.with_columns(pl.col("service_date").dt.offset_by(f"{later}d")),
            on=day,
            suffix="_before",
            nulls_equal=True,
        ).filter(
            pl.lit(bool(later)) | (pl.col("claim_id_before") < pl.col("claim_id")),
        )
        for later in (0, 1)
    ]
    billed, before = pl.col("billed_cents"), pl.col("billed_cents_before")
    near = (billed - before).abs() <= ALIKE * pl.max_horizontal(billed, before)
    one = pl.concat(pairs).filter(near).group_by("claim_id").agg(
        pl.col("claim_id_before").sort().alias("ids"),
        pl.col("billed_cents", "paid_cents", "provider_id", "code", "service_date").first(),
        pl.col("billed_cents_before").sort_by("claim_id_before").first(),
    )  # fmt: skip
    is_exact = pl.col("billed_cents") == pl.col("billed_cents_before")
    return anomalies_of(
        one,
        rule="A2",
        level="claim",
        subject="claim_id",
        score=pl.col("ids").list.len(),
        observed=pl.col("ids").list.len() + 1,
        expected=pl.lit(1),
        unit="claims",
        effect_cents=pl.col("paid_cents"),
        claim_ids=pl.concat_list("ids", "claim_id"),
        explanation=pl.format(
            "{} bills {} for {} on {} {}: claim {} has the same member, provider and code.",
            "provider_id",
            dollars(pl.col("billed_cents")),
            pl.col("code").fill_null("no code"),
            "service_date",
            pl.when(is_exact).then(pl.lit("once more")).otherwise(pl.lit("nearly once more")),
            pl.col("ids").list.first(),
        ),
    )


def uncovered(claims: pl.LazyFrame, enrollments: pl.LazyFrame) -> pl.LazyFrame:
    """A3: services on a day on which the member was in no plan.

    Takes:  `fact_claim`, or whatever has claim_id, member_id, service_date, paid_cents, such as
            `claims_reject` with its `key` as claim_id; `fact_enrollment` with its days, the last
            one in it.
    Gives:  ANOMALY; observed are the days since cover ended (or to its beginning, negative); for a
            member who never had cover, 0. The score is their number, at least 1.
    """
    claim = ["claim_id", "member_id", "service_date", "paid_cents"]
    spans = enrollments.select("member_id", "start_date", "end_date")
    day = pl.col("service_date")
    after = (day - pl.col("end_date")).dt.total_days()
    before = (pl.col("start_date") - day).dt.total_days()
    # How far from each span; 0 within it, and then the claim is covered, whatever the others are.
    away = pl.when(pl.col("end_date").is_not_null()).then(pl.max_horizontal(after, before, 0))
    nearest = (
        claims.select(claim)
        .join(spans, on="member_id", how="left")
        .with_columns(away=away, since=pl.when(after > 0).then(after).otherwise(-before))
        .group_by(claim)
        .agg(pl.col("away").min(), pl.col("since", "end_date").sort_by("away").first())
    )
    odd = nearest.filter((pl.col("away") > 0) | pl.col("away").is_null())
    since, ends = pl.col("since"), pl.col("end_date")
    said = (
        pl.when(ends.is_null())
        .then(pl.format("The member of this claim of {} never had cover.", "service_date"))
        .when(since > 0)
        .then(pl.format("The service of {} is {} days after cover ended.", "service_date", since))
        .otherwise(
            pl.format("The service of {} is {} days before cover began.", "service_date", -since)
        )
    )
    return anomalies_of(
        odd,
        rule="A3",
        level="claim",
        subject="claim_id",
        score=pl.col("away").fill_null(1),
        observed=since.fill_null(0),
        expected=pl.lit(0),
        unit="days",
        effect_cents=pl.col("paid_cents"),
        explanation=said,
    )


def impossible(
    claims: pl.LazyFrame, members: pl.LazyFrame, providers: pl.LazyFrame
) -> pl.LazyFrame:
    """A4: what cannot be: a sex or age for the diagnosis, a stay of no days, another's specialty.

    Takes:  `fact_claim`, `dim_member`, `dim_provider`; each claim's own versions of them.
    Gives:  ANOMALY, one a claim and kind (sex, age, stay, specialty); the score is 1, the effect
            what was paid.
    """
    person = members.select("member_sk", "dob", "gender")
    doctor = providers.select("provider_sk", "specialty")
    lf = claims.join(person, on="member_sk", how="left").join(doctor, on="provider_sk", how="left")
    age = age_on(pl.col("service_date"), pl.col("dob"))
    code = pl.col("diagnosis_code")
    own = pl.col("provider_specialty") == pl.col("specialty")
    is_drug = pl.col("claim_type") == "RX"
    kinds: dict[str, tuple[pl.Expr, pl.Expr]] = {
        "sex": (
            suits_sex(code, pl.col("gender")),
            pl.format("Diagnosis {} does not go with sex {}.", code, "gender"),
        ),
        "age": (
            suits_age(code, age) & age.is_between(0, OLDEST),
            pl.format("Diagnosis {} does not go with an age of {}.", code, age),
        ),
        "stay": (
            (pl.col("channel") != "IP") | (pl.col("units_days") >= 1),
            pl.format("A stay in hospital of {} days.", "units_days"),
        ),
        "specialty": (
            is_drug | own,
            pl.format("Billed as {} by {}, who is in {}.", "provider_specialty", "provider_id",
                      "specialty"),
        ),
    }  # fmt: skip
    wrong = [
        lf.filter((~holds).fill_null(False)).select(
            "claim_id", "paid_cents", said.alias("said"), pl.lit(kind).alias("kind")
        )
        for kind, (holds, said) in kinds.items()
    ]
    return anomalies_of(
        pl.concat(wrong),
        rule="A4",
        level="claim",
        subject="claim_id",
        apart=pl.col("kind"),
        score=pl.lit(1),
        observed=pl.lit(1),
        expected=pl.lit(0),
        unit="claims",
        effect_cents=pl.col("paid_cents"),
        explanation=pl.col("said"),
    )


def odd_units(claims: pl.LazyFrame) -> pl.LazyFrame:
    """A5: days of stay, or units, far beyond what 99 of 100 claims of the category have.

    Takes:  `fact_claim`: claim_id, major_service_category, claim_type, units_days, paid_cents.
    Gives:  ANOMALY for more than ODD_UNITS times the 99th percentile of a category of ENOUGH_UNITS
            claims; the score is how many times. By the percentile alone one in a hundred would be
            odd, whatever they are.
    """
    limits = claims.group_by(_CATEGORY).agg(
        pl.col("units_days").quantile(0.99, "higher").alias("p99"),
        size=pl.col("units_days").count(),
    )
    most = pl.max_horizontal(pl.col("p99"), 1)
    odd = claims.join(limits, on=_CATEGORY, nulls_equal=True).filter(
        pl.col("size") >= ENOUGH_UNITS, pl.col("units_days") > ODD_UNITS * most
    )
    return anomalies_of(
        odd,
        rule="A5",
        level="claim",
        subject="claim_id",
        score=pl.col("units_days") / most,
        observed=pl.col("units_days"),
        expected=most,
        unit="days",
        effect_cents=pl.col("paid_cents") * (1 - most / pl.col("units_days")),
        explanation=pl.format(
            "{} days or units; 99 of 100 claims of {} have {} or fewer.",
            "units_days",
            pl.col("major_service_category").fill_null("an unknown category"),
            most.cast(pl.Int64),
        ),
    )


def too_many_a_day(claims: pl.LazyFrame, *, most: int = MOST_A_DAY) -> pl.LazyFrame:
    """A7: more than `most` claims of one member by one provider on one day (unbundling, velocity).

    Takes:  `fact_claim`: claim_id, member_id, provider_id, service_date, paid_cents.
    Gives:  ANOMALY, one a member, provider and day; the effect is what was paid for those beyond
            `most`, at the day's mean.
    """
    who = ["member_id", "provider_id", "service_date"]
    n = pl.col("n")
    days = (
        claims.filter(pl.col("billed_cents") > 0)
        .group_by(who)
        .agg(pl.col("claim_id").alias("ids"), pl.col("paid_cents").sum())
        .with_columns(n=pl.col("ids").list.len().cast(pl.Int64))
    )
    return anomalies_of(
        days.filter(n > most),
        rule="A7",
        level="claim",
        subject=pl.concat_str(pl.col(who).cast(pl.String), separator=" "),
        score=n / most,
        observed=n,
        expected=pl.lit(most),
        unit="claims",
        effect_cents=pl.col("paid_cents") * (1 - most / n),
        claim_ids=pl.col("ids"),
        explanation=pl.format(
            "{} bills {} claims for {} on {}; {} or fewer are usual.",
            "provider_id",
            "n",
            "member_id",
            "service_date",
            pl.lit(most),
        ),
    )


def _billed(claims: pl.LazyFrame) -> pl.LazyFrame:
    """Claims that bill something, with their code and the logarithm of the amount."""
    return (
        claims.filter(pl.col("billed_cents") > 0)
        .with_columns(code=_CODE)
        .select("claim_id", "code", *_CATEGORY, "billed_cents", "paid_cents")
        .with_columns(log=pl.col("billed_cents").log())
    )


def _not_taken_back(lf: pl.LazyFrame, day: list[str]) -> pl.LazyFrame:
    """Claims less those of which as many were reversed as there are, but for one."""
    size = pl.col("billed_cents").abs().alias("size")
    key = [*day, "size"]
    net = (
        lf.with_columns(size)
        .group_by(key)
        .agg(back=(pl.col("billed_cents") < 0).sum(), given=(pl.col("billed_cents") > 0).sum())
        .filter(pl.col("back") > 0, pl.col("given").cast(pl.Int64) - pl.col("back") < 2)
    )
    return lf.with_columns(size).join(net, on=key, how="anti", nulls_equal=True).drop("size")
