"""Claims as a payer's extract has them on a day: the original layout, forty-three columns."""

import numpy as np
import polars as pl

from refresh.claims.synthetic.claims import Claims
from refresh.claims.synthetic.dice import Whole, dollars, picked
from refresh.claims.synthetic.network import Plans, ids
from refresh.claims.synthetic.scenarios import descriptors
from refresh.claims.synthetic.words import CONTRACTS, GROUPS

_NOTHING = pl.lit("N/A")


def number(year: int, numbers: Whole) -> pl.Series:
    """`CLM20240000001`."""
    return ids(f"CLM{year}", numbers, 7)


def claim_rows(
    claims: Claims, numbers: Whole, member_ids: pl.Series, plans: Plans, day: int
) -> pl.DataFrame:
    """The rows of claims as of a day: what is not decided by then is pending and not paid."""
    kinds = descriptors()
    said = kinds[claims.kind % kinds.height]
    status = np.where(claims.settled > day, 2, np.where(claims.is_denied, 1, 0))
    paid = np.where(status == 0, claims.paid, 0)
    is_drug = pl.col("drug") != ""
    is_only_drug = is_drug & (pl.col("cpt") == "")
    claim_type = (
        pl.when(is_only_drug)
        .then(pl.lit("RX"))
        .when(pl.col("channel") == "IP")
        .then(pl.lit("Facility"))
        .otherwise(pl.lit("Professional"))
    )
    settled = pl.Series(claims.settled).cast(pl.Int32).cast(pl.Date)
    on = pl.Series(claims.on).cast(pl.Int32).cast(pl.Date)
    return said.select(
        claim_id=number(plans.year, numbers),
        member_id=member_ids.gather(claims.member),
        provider_id=ids("PRV", claims.provider + 1, 5),
        plan_id=plans.ids.gather(claims.plan),
        service_date=on,
        claim_amount=dollars(claims.billed),
        allowed_amount=dollars(claims.allowed),
        paid_amount=dollars(paid),
        status=picked(("approved", "denied", "pending"), status),
        diagnosis_code="diagnosis",
        procedure_code=pl.when(is_only_drug).then(_NOTHING).otherwise("cpt"),
        charges=dollars(claims.billed),
        allowed=dollars(claims.allowed),
        clean_claim_status=picked(("PAID", "DENIED", "PENDING"), status),
        claim_from=on,
        clean_claim_out=pl.when(pl.Series(status == 0)).then(settled),
        utilization=pl.lit("1.0"),
        hcg_units_days=pl.Series(claims.stay),
        claim_type=claim_type,
        major_service_category="service",
        provider_specialty=pl.when(is_only_drug).then(pl.lit("Pharmacy")).otherwise("specialty"),
        detailed_service_category="detail",
        ms_drg="drg",
        ms_drg_description="drg_name",
        ms_drg_mdc="mdc",
        ms_drg_mdc_desc="mdc_name",
        cpt="cpt",
        cpt_consumer_description="cpt_name",
        procedure_level_1="level_1",
        procedure_level_2="level_2",
        procedure_level_3="level_3",
        procedure_level_4=_NOTHING,
        procedure_level_5=_NOTHING,
        channel="channel",
        drug_name="drug",
        drug_class="drug_class",
        drug_subclass="drug_subclass",
        drug="drug",
        is_oon=pl.Series(claims.is_oon).cast(pl.Int8),
        best_contracting_entity_name=picked(CONTRACTS, claims.provider % len(CONTRACTS)),
        provider_group_name=picked(GROUPS, claims.provider % len(GROUPS)),
        ccsr_system_description=pl.format("{} - {}", "system", pl.col("ccsr").str.slice(9)),
        ccsr_description="ccsr",
    )
