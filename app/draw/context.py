"""Context in words: what can be kept, which columns can be added. Pure."""

from app.controls import NUMBERS

# Short names, for links: what the reader sees. What each means is the engine's.
KEEP = {
    "deprived": "The most deprived fifth",
    "least_deprived": "The least deprived fifth",
    "large": "Lists of 10,000 and over",
    "small": "Lists under 3,000",
    "older": "A quarter or more aged 65 and over",
    "few_gps": "Fewer than 4 GPs per 10,000",
    "rated_good": "Rated Good or Outstanding",
    "rated_low": "Rated Requires improvement or Inadequate",
}
STANDING = {
    "against_england": "Against England",
    "percentile_icb": "Percentile in ICB",
    "percentile_england": "Percentile in England",
    "patients_to_next": "Patients to next band",
    "pca_rate": "PCA rate",
}


def keepers() -> dict[str, str]:
    """The filters on offer, by the short name that a link has."""
    return KEEP


def extra_columns() -> dict[str, str]:
    """The columns that a reader may add to the table."""
    return STANDING | NUMBERS | {"cqc_rating": "CQC rating"}
