"""What files say of members, plans, providers, enrolments and claims: the columns, by entity.

Declared once: the contract of what is staged and that of what the lake makes of it have the same.
Codes that look like numbers (NPI, ZIP, phone, DRG, CPT) are text, for zeros stand before them.
"""

import polars as pl

from engine.claims.tables.fields import cents, day, flag, text, whole
from engine.table import Column

MEMBER = (
    text("first_name", "Given name"),
    text("last_name", "Family name"),
    day("dob", "Day of birth"),
    text("gender", "F, M or O"),
    text("email", "E-mail address"),
    text("phone", "Telephone number"),
    text("street", "Street and number"),
    text("city", "City"),
    text("state", "State, two letters"),
    text("zip", "ZIP code"),
    Column(
        "fpl_ratio",
        pl.Float64,
        "Household income as a multiple of the federal poverty level",
        "ratio",
        required=False,
    ),
    text("hios_id", "Issuer's number in the Health Insurance Oversight System"),
    text("plan_network_access_type", "HMO, EPO, PPO or POS"),
    text("plan_metal", "Metal tier of the member's plan"),
    text("age_group", "Age group: <18, 18-25, 26-34, 35-44, 45-54, 55-64, 65+"),
    text("region", "Census region"),
    text("clinical_segment", "Healthy, Chronic, Behavioral, Maternity or Complex"),
    text("general_agency_name", "General agency that sold the cover"),
    text("broker_name", "Broker who sold the cover"),
    text("sa_contracting_entity_name", "Contracting entity of the service area"),
    flag("high_cost_member", "Whether the payer counts the member as high cost"),
    text("mutually_exclusive_hcc_condition", "Condition category: Diabetes, CHF and the like"),
    text("geographic_reporting", "Area under which the member is reported"),
    whole("wisconsin_area_deprivation_index", "Decile of area deprivation, 10 the most", "decile"),
)
"""What is tracked of a member: a change of any begins a version."""

ENGAGEMENT = (
    whole("enrollment_length_continuous", "Months enrolled without a gap", "months"),
    whole("call_count", "Calls to the payer", "calls"),
    whole("app_login_count", "Logins to the app", "logins"),
    whole("web_login_count", "Logins to the web site", "logins"),
    flag("new_member_in_period", "Whether enrolled for five months or less"),
    flag("member_used_app", "Whether the app was used"),
    flag("member_had_web_login", "Whether the web site was used"),
    flag("member_visited_new_provider_ind", "Whether a provider was seen for the first time"),
    Column(
        "ra_mm", pl.Float64, "Risk-adjusted member months of the year", "months", required=False
    ),
)
"""What changes at every batch: kept a year, or each batch would begin a version of each member."""

PLAN = (
    text("plan_name", "Name of the plan", "NAME"),
    text("metal_tier", "Bronze, Silver, Gold or Platinum"),
    cents("premium_cents", "Premium of a month"),
    cents("deductible_cents", "Deductible of a year"),
    cents("oop_max_cents", "Most that a member pays out of pocket in a year"),
    Column(
        "coinsurance_rate",
        pl.Float64,
        "Share that the member pays after it (0-1)",
        "share",
        required=False,
    ),
    cents("pcp_copay_cents", "Copay of a visit to primary care"),
)

PROVIDER = (
    text("npi", "National Provider Identifier, ten digits"),
    text("provider_name", "Name of the provider", "NAME"),
    text("specialty", "Specialty"),
    text("street", "Street and number"),
    text("city", "City"),
    text("state", "State, two letters"),
    text("zip", "ZIP code"),
    text("phone", "Telephone number"),
)

CLAIM_AMOUNTS = (
    cents("billed_cents", "What the provider asks (claim_amount)"),
    cents("allowed_cents", "What the contract allows of it (allowed_amount)"),
    cents("paid_cents", "What the payer pays (paid_amount); negative in a reversal"),
    cents("charges_cents", "Charges as the descriptor has them"),
)

CLAIM = (
    text("status", "approved, denied or pending", "CLAIM_STATUS"),
    text("claim_type", "Professional, Facility or RX"),
    text("clean_claim_status", "PAID, DENIED or PENDING"),
    day("claim_from", "First day of the service"),
    day("clean_claim_out", "Day on which it was settled"),
    text("diagnosis_code", "Diagnosis, first of the claim"),
    text("procedure_code", "Procedure"),
    text("cpt", "CPT code"),
    text("cpt_consumer_description", "CPT code in plain words"),
    text("ms_drg", "Diagnosis-related group (MS-DRG)"),
    text("ms_drg_description", "The group in words"),
    text("ms_drg_mdc", "Major diagnostic category"),
    text("ms_drg_mdc_desc", "The category in words"),
    text("major_service_category", "Service, in broad categories"),
    text("detailed_service_category", "Service, in narrow categories"),
    text("provider_specialty", "Specialty that the claim names"),
    text("provider_group_name", "Group of the provider"),
    text("best_contracting_entity_name", "Contracting entity"),
    text("channel", "IP, OP, SNF, URG, OBS or PRO"),
    *(text(f"procedure_level_{i}", f"Procedure, level {i} of 5") for i in range(1, 6)),
    text("drug_name", "Drug as it was dispensed"),
    text("drug_class", "Class of the drug"),
    text("drug_subclass", "Subclass of the drug"),
    text("drug", "Drug without its form"),
    whole("units_days", "Days of a stay, or units", "days or units", "HCG_UNITS_DAYS"),
    Column("utilization", pl.Float64, "What it counts as use", "services", required=False),
    flag("is_oon", "Whether the provider is out of network"),
    text("ccsr_system_description", "Body system of the diagnosis (CCSR)"),
    text("ccsr_description", "Category of the diagnosis (CCSR)"),
)
"""What describes a claim beside its keys and amounts."""
