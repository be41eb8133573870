"""The question suite: what people ask, how an agent asks it, and the right answer by DuckDB.

Numbers are worked out from the published parts in SQL, apart from our engine; what is asked in
several phrasings has one answer. Sessions of several steps and errors are in test_sessions.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

YEAR, BEFORE = "2024-25", "2023-24"
HYP = {"indicator_code": "HYP008", "year": YEAR}
GIVEN = "numerator IS NOT NULL AND denominator IS NOT NULL"


@dataclass(frozen=True)
class Question:
    """One question with one right answer.

    words  as somebody asks it
    tool   the tool that answers, and what it is `given`
    found  what of its answer is the answer
    right  the SQL that gives the right one, or the value itself
    """

    kind: str
    words: str
    tool: str
    given: dict[str, Any]
    found: Callable[[dict[str, Any]], Any]
    right: Any
    is_sql: bool = field(default=True)


def net(more: str = "true", *, year: str = YEAR, code: str = "HYP008") -> str:
    return (
        "SELECT sum(numerator) * 100.0 / sum(denominator) FROM percent_achieved"
        " JOIN practice_geography USING (year, practice_code)"
        f" WHERE indicator_code = '{code}' AND year = '{year}' AND {GIVEN} AND {more}"
    )


def prevalence(more: str = "true", *, year: str = YEAR, group: str = "HYP") -> str:
    return (
        "SELECT sum(register) * 100.0 / sum(list_size) FROM prevalence p"
        f" WHERE group_code = '{group}' AND year = '{year}' AND {more}"
    )


def cell(column: str, row: int = 0) -> Callable[[dict[str, Any]], Any]:
    return lambda answer: answer["rows"][row][column]


def column(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda answer: [row[name] for row in answer["rows"]]


def looked_up(key: str, value: str, of: str) -> Callable[[dict[str, Any]], Any]:
    return lambda answer: next(row[of] for row in answer["rows"] if row[key] == value)


def names(answer: dict[str, Any]) -> list[str]:
    return [one["dataset"] for one in answer["datasets"]]


def metric(words: str, given: dict[str, Any], right: str, kind: str = "phrasing") -> Question:
    return Question(kind, words, "query_metric", given, cell(given["metric"]), right)


PHRASINGS = (
    metric(
        "What share of patients with hypertension under 80 had their target in 2024-25?",
        {"metric": "net", "where": HYP},
        net(),
    ),
    Question(
        "phrasing",
        "HYP008, net, 2024/25",
        "query_metric",
        {"metric": "Of patients eligible", "where": HYP},
        cell("net"),
        net(),
    ),
    Question(
        "phrasing",
        "Show me England's HYP008 for 2024-25",
        "query_indicator",
        {"indicator": "hyp008", "year": YEAR},
        cell("value"),
        net(),
    ),
    Question(
        "phrasing",
        "Aggregate HYP008 for England, year 2024-25",
        "aggregate_by",
        {"metrics": ["net"], "by": ["indicator_code"], "where": HYP},
        cell("net"),
        net(),
    ),
    Question(
        "phrasing",
        "SQL: the HYP008 share",
        "query_sql",
        {
            "sql": "SELECT sum(numerator) * 100.0 / sum(denominator) AS share FROM percent_achieved"
            f" WHERE indicator_code = 'HYP008' AND year = '{YEAR}'"
            f" AND {GIVEN}"
        },
        cell("share"),
        net(),
    ),
    Question(
        "phrasing",
        "How many practices are there in 2024-25?",
        "query_sql",
        {"sql": f"SELECT count(*) AS n FROM practice_geography WHERE year = '{YEAR}'"},
        cell("n"),
        f"SELECT count(*) FROM practice_geography WHERE year = '{YEAR}'",
    ),
    Question(
        "phrasing",
        "Count rows of prevalence by year",
        "get_periods",
        {"dataset": "prevalence"},
        column("rows"),
        "SELECT list(n ORDER BY year) FROM (SELECT year, count(*) n FROM prevalence GROUP BY 1)",
    ),
    metric(
        "How common is diabetes?",
        {"metric": "prevalence", "where": {"group_code": "DM", "year": YEAR}},
        prevalence(group="DM"),
    ),
    Question(
        "phrasing",
        "Prevalence of diabetes in England",
        "query_indicator",
        {"indicator": "DM", "measure": "prevalence", "year": YEAR},
        cell("value"),
        prevalence(group="DM"),
    ),
    metric(
        "On the whole register, how many were treated (PRI)?",
        {"metric": "pri", "where": HYP},
        "SELECT sum(numerator) * 100.0 / sum(denominator + coalesce(pcas, 0)) FROM"
        f" percent_achieved WHERE indicator_code = 'HYP008' AND year = '{YEAR}' AND {GIVEN}",
    ),
    metric(
        "How many were excepted?",
        {"metric": "pca_rate", "where": HYP},
        "SELECT sum(coalesce(pcas, 0)) * 100.0 / sum(denominator + coalesce(pcas, 0)) FROM"
        f" percent_achieved WHERE indicator_code = 'HYP008' AND year = '{YEAR}' AND {GIVEN}",
    ),
)

NARROWING = (
    metric(
        "... only in Greater Manchester",
        {"metric": "net", "where": HYP | {"icb_code": "QOP"}},
        net("icb_code = 'QOP'"),
        "narrowing",
    ),
    metric(
        "... only in these two boards",
        {"metric": "net", "where": HYP | {"icb_code": ["QOP", "QF7"]}},
        net("icb_code IN ('QOP', 'QF7')"),
        "narrowing",
    ),
    metric(
        "... only in London",
        {"metric": "net", "where": HYP | {"region_code": "Y56"}},
        net("region_code = 'Y56'"),
        "narrowing",
    ),
    metric(
        "... only practice A31001",
        {"metric": "net", "where": HYP | {"practice_code": "A31001"}},
        net("practice_code = 'A31001'"),
        "narrowing",
    ),
    metric(
        "... a year earlier",
        {"metric": "net", "where": HYP | {"year": BEFORE}},
        net(year=BEFORE),
        "narrowing",
    ),
    metric(
        "... in small letters",
        {"metric": "prevalence", "where": {"GROUP_CODE": "HYP", "Year": YEAR}},
        prevalence(),
        "narrowing",
    ),
    Question(
        "narrowing",
        "... within the board, practice by practice, best first",
        "query_indicator",
        {
            "indicator": "HYP008",
            "year": YEAR,
            "level": "practice",
            "area": "icb:QOP",
            "order": "highest first",
        },
        lambda answer: answer["rows"][0]["value"],
        "SELECT max(numerator * 100.0 / denominator) FROM percent_achieved JOIN"
        " practice_geography USING (year, practice_code) WHERE indicator_code = 'HYP008'"
        f" AND year = '{YEAR}' AND icb_code = 'QOP' AND denominator > 0",
    ),
    Question(
        "narrowing",
        "... and how many patients is that?",
        "query_indicator",
        {"indicator": "HYP008", "year": YEAR, "level": "icb", "organisation": "QOP"},
        cell("denominator"),
        net("icb_code = 'QOP'").replace(
            "sum(numerator) * 100.0 / sum(denominator)", "sum(denominator)"
        ),
    ),
    Question(
        "narrowing",
        "Which datasets are about prevalence?",
        "list_datasets",
        {"keyword": "prevalence"},
        lambda answer: "prevalence" in names(answer) and "pcn" not in names(answer),
        True,
        False,
    ),
    Question(
        "narrowing",
        "Only those of the atlas",
        "list_datasets",
        {"domain": "atlas", "limit": 100},
        lambda answer: {one["domain"] for one in answer["datasets"]},
        {"atlas"},
        False,
    ),
)

COMPARISONS = (
    Question(
        "comparison",
        "Did hypertension's register grow from 2023-24 to 2024-25?",
        "compare_periods",
        {
            "metric": "prevalence",
            "before": BEFORE,
            "after": YEAR,
            "where": {"group_code": "HYP"},
        },
        cell("change"),
        f"SELECT ({prevalence()}) - ({prevalence(year=BEFORE)})",
    ),
    Question(
        "comparison",
        "The same, asked the other way round",
        "compare_periods",
        {
            "metric": "prevalence",
            "before": YEAR,
            "after": BEFORE,
            "where": {"group_code": "HYP"},
        },
        cell("change"),
        f"SELECT ({prevalence()}) - ({prevalence(year=BEFORE)})",
    ),
    Question(
        "comparison",
        "Which board's HYP008 rose most?",
        "compare_periods",
        {
            "metric": "net",
            "before": BEFORE,
            "after": YEAR,
            "where": {"indicator_code": "HYP008"},
            "by": ["icb_code"],
            "order": "rose most",
        },
        cell("icb_code"),
        "SELECT icb_code FROM (SELECT icb_code,"
        f" sum(numerator) FILTER (year = '{YEAR}') / sum(denominator) FILTER (year = '{YEAR}')"
        f" - sum(numerator) FILTER (year = '{BEFORE}')"
        f" / sum(denominator) FILTER (year = '{BEFORE}') AS up"
        " FROM percent_achieved JOIN practice_geography USING (year, practice_code)"
        f" WHERE indicator_code = 'HYP008' AND {GIVEN} GROUP BY 1) ORDER BY up DESC NULLS LAST"
        " LIMIT 1",
    ),
    Question(
        "comparison",
        "Net beside PRI by region",
        "aggregate_by",
        {"metrics": ["net", "pri"], "by": ["region_code"], "where": HYP},
        looked_up("region_code", "Y62", "net"),
        net("region_code = 'Y62'"),
    ),
    Question(
        "comparison",
        "Which board is lowest?",
        "query_metric",
        {"metric": "net", "where": HYP, "by": ["icb_code"], "order": "lowest first", "limit": 1},
        cell("icb_code"),
        "SELECT icb_code FROM percent_achieved JOIN practice_geography USING (year, practice_code)"
        f" WHERE indicator_code = 'HYP008' AND year = '{YEAR}' AND {GIVEN} AND icb_code IS NOT NULL"
        " GROUP BY 1 ORDER BY sum(numerator) / sum(denominator) LIMIT 1",
    ),
    Question(
        "comparison",
        "How far is London from England?",
        "drill_down",
        {"metric": "net", "into": "region_code", "where": HYP},
        looked_up("region_code", "Y56", "difference"),
        f"SELECT ({net('region_code = $$Y56$$')}) - ({net()})",
    ),
    Question(
        "comparison",
        "Take Greater Manchester apart by sub-ICB location",
        "drill_down",
        {"metric": "net", "into": "sub_icb_code", "where": HYP | {"icb_code": "QOP"}},
        lambda answer: answer["parts"],
        "SELECT count(DISTINCT sub_icb_code) FROM practice_geography JOIN percent_achieved"
        " USING (year, practice_code) WHERE icb_code = 'QOP' AND indicator_code = 'HYP008'"
        f" AND year = '{YEAR}'",
    ),
    Question(
        "comparison",
        "How many practices' HYP008 rose beyond chance?",
        "detect_anomalies",
        {"indicator": "HYP008", "year": YEAR, "before": BEFORE, "level": "practice", "limit": 1},
        lambda answer: answer["compared"],
        "SELECT count(*) FROM (SELECT practice_code FROM percent_achieved WHERE"
        f" indicator_code = 'HYP008' AND year IN ('{YEAR}', '{BEFORE}') AND denominator > 0"
        " AND numerator <= denominator GROUP BY 1 HAVING count(*) = 2)",
    ),
)

CHOICES = (
    Question(
        "choice",
        "Which dataset of the atlas is newest?",
        "list_datasets",
        {"domain": "atlas", "limit": 100},
        lambda answer: max(one["newest"] or "" for one in answer["datasets"]),
        "SELECT max(period) FROM (SELECT max(period) AS period FROM practice_mapping"
        " UNION ALL SELECT max(year) FROM prevalence)",
    ),
    Question(
        "choice",
        "Which of them is the largest?",
        "list_datasets",
        {"domain": "atlas", "limit": 100},
        lambda answer: max((one["rows"], one["dataset"]) for one in answer["datasets"])[1],
        "percent_achieved",
        False,
    ),
    Question(
        "choice",
        "Which describes networks?",
        "list_datasets",
        {"keyword": "primary care network parent"},
        lambda answer: "pcn" in names(answer),
        True,
        False,
    ),
    Question(
        "choice",
        "How many rows has percent_achieved?",
        "get_metadata",
        {"dataset": "percent_achieved"},
        lambda answer: answer["rows"],
        "SELECT count(*) FROM percent_achieved",
    ),
    Question(
        "choice",
        "What makes a row of prevalence unique?",
        "get_schema",
        {"dataset": "prevalence"},
        lambda answer: answer["key"],
        ["year", "practice_code", "group_code"],
        False,
    ),
    Question(
        "choice",
        "Is every column described?",
        "get_metadata",
        {"dataset": "practice_geography"},
        lambda answer: answer["described_columns_percent"],
        100.0,
        False,
    ),
    Question(
        "choice",
        "Where do the prevalence figures come from?",
        "get_lineage",
        {"dataset": "prevalence"},
        lambda answer: {row["source"] for row in answer["rows"]},
        {"qof"},
        False,
    ),
    Question(
        "choice",
        "Which years are there?",
        "get_periods",
        {"dataset": "percent_achieved"},
        lambda answer: (answer["oldest"], answer["newest"]),
        "SELECT min(year), max(year) FROM percent_achieved",
    ),
    Question(
        "choice",
        "Is the data real?",
        "get_metadata",
        {"dataset": "prevalence"},
        lambda answer: answer["provenance"]["demonstration"],
        True,
        False,
    ),
    Question(
        "choice",
        "What is wrong with percent_achieved?",
        "get_metadata",
        {"dataset": "percent_achieved"},
        # The demonstration has two practices that achieved more than were eligible.
        lambda answer: [(one["status"], one["gate"]) for one in answer["quality"]],
        [("warn", "quality")],
        False,
    ),
)

FINDING = (
    Question(
        "finding",
        "The board of Manchester",
        "find_organisation",
        {"text": "Greater Manchester"},
        cell("organisation_code"),
        "QOP",
        False,
    ),
    Question(
        "finding",
        "Practice A31001",
        "find_organisation",
        {"text": "a31001"},
        cell("organisation_name"),
        "Woodhill Partnership",
        False,
    ),
    Question(
        "finding",
        "Misspelt: Grater Manchestr",
        "find_organisation",
        {"text": "Grater Manchestr"},
        lambda answer: (answer["spelt_alike_only"], "QOP" in column("organisation_code")(answer)),
        (True, True),
        False,
    ),
    Question(
        "finding",
        "Practices near SW4",
        "find_organisation",
        {"text": "SW4"},
        lambda answer: any((row["postcode"] or "").startswith("SW4 ") for row in answer["rows"]),
        True,
        False,
    ),
    Question(
        "finding",
        "The asthma register",
        "find_indicator",
        {"text": "AST"},
        cell("indicator_code"),
        "AST",
        False,
    ),
    Question(
        "finding",
        "Indicators about blood pressure and diabetes",
        "find_indicator",
        {"text": "diabetes blood pressure"},
        lambda answer: (
            all(
                "diabetes" in f"{row['group_name']} {row['description']}".lower()
                for row in answer["rows"]
            )
            and bool(answer["rows"])
        ),
        True,
        False,
    ),
    Question(
        "finding",
        "Boards outside of their limits",
        "detect_anomalies",
        {"indicator": "HYP008", "kind": "outlying", "year": YEAR, "level": "icb"},
        lambda answer: (
            {row["place"] for row in answer["rows"]}
            <= {"below_998", "below_95", "above_95", "above_998"}
        ),
        True,
        False,
    ),
)

QUESTIONS = (*PHRASINGS, *NARROWING, *COMPARISONS, *CHOICES, *FINDING)
