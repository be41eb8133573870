"""The fields of the atlas's answers: what each column is, and what a receipt has. Pure."""

from typing import Any

from app.api.resource import Field
from engine.atlas.metrics.context_measures import CONTEXT

ANSWER = (
    Field("year", "string", "QOF year"),
    Field("indicator_code", "string", "Code of the indicator, or of the register"),
    Field("level", "string", "What the row is"),
    Field("measure", "string", "Which share"),
    Field("organisation_code", "string", "ODS code"),
    Field("organisation_name", "string", "Name in that year"),
    Field("parent_code", "string", "ODS code of what it is published as a part of"),
    Field("parent_name", "string", "Name of that"),
    Field("icb_code", "string", "ODS code of its board; null above boards, and without a place"),
    Field("icb_name", "string", "Name of that"),
    Field("numerator", "number", "Patients (points, for measure points); null: not reported"),
    Field("denominator", "number", "Patients (points) it is a share of; null: not reported"),
    Field("pcas", "integer", "Personalised care adjustments; null: none recorded"),
    Field("value", "number", "Percent; null where nobody was eligible or nothing was reported"),
    Field("value_low", "number", "Lower end of its 95 % Wilson interval, percent"),
    Field("value_high", "number", "Upper end of its 95 % Wilson interval, percent"),
    Field("band", "integer", "Which band the value is in, from 0"),
    Field("band_label", "string", "The band in words; null: in none"),
    Field("practices", "integer", "Practices that gave both parts"),
    Field("latitude", "number", "Degrees; null where the place is unknown"),
    Field("longitude", "number", "Degrees"),
    Field("reported", "boolean", "Both parts were given"),
    Field("small", "boolean", "Fewer than 10 eligible patients"),
    Field("uncertain", "boolean", "The interval reaches into another band"),
)
CHANGES = (
    Field("snapshot", "string", "Its id"),
    Field("sealed_at", "string", "When it was made"),
    Field("previous", "string", "The snapshot before it"),
    Field("is_live", "boolean", "Whether it is the one that is served"),
    Field("source", "string", "Code of the publication"),
    Field("name", "string", "Name of the publication"),
    Field("period", "string", "What it is about: a year, or a month"),
    Field("revision", "integer", "1, or more where it was published again"),
    Field("published_on", "string", "Day of publication; null: not given"),
    Field("sha256", "string", "What its bytes hash to"),
    Field("is_new", "boolean", "Whether the snapshot before it lacks this release"),
)
RECEIPT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "organisation": {"type": "string"},
        "question": {"type": "object"},
        "number": {"type": "object", "description": "Numerator, denominator, percent, interval"},
        "formula": {"type": "string"},
        "unit": {"type": "string"},
        "caveats": {"type": "string"},
        "snapshot": {"type": "object", "description": "Its id, and when it was sealed"},
        "releases": {
            "type": "array",
            "description": "Publisher, period, revision, files with address and SHA-256, and what"
            " of the number each one holds",
            "items": {"type": "object"},
        },
        "practices": {
            "type": "array",
            "description": "The published row of each practice, and what it adds to the number",
            "items": {"type": "object"},
        },
    },
    "required": ["organisation", "question", "number", "formula", "releases", "practices"],
    "additionalProperties": False,
}


def context_fields() -> tuple[Field, ...]:
    """What surrounds an organisation: each measure, for how many it is known, of which day."""
    fields = [Field("organisation_code", "string", "ODS code")]
    for name, of in CONTEXT.items():
        whole = "integer" if of.rule == "sum" else "number"
        fields += [
            Field(name, "string" if of.is_word else whole, f"{of.label}, {of.unit}. {of.caveats}"),
            Field(f"{name}_coverage", "number", "Share of patients whose practice is known, 0-1"),
            Field(f"{name}_as_of", "string", "Newest day that it holds for"),
        ]
        if of.is_word:
            fields.append(Field(f"{name}_rated_on", "string", "Day it was given"))
    return tuple(fields)
