"""Tables in Frictionless' words: Table Schema, as catalogues and people who work with data take it.

Pure. What a manifest of files says in these words is refresh/publications/interchange.py's.
"""

from collections.abc import Mapping
from typing import Any

from engine.manifest import ContractEntry
from engine.vocabulary import TypeName

FIELD_TYPES: Mapping[TypeName, str] = {
    "string": "string",
    "boolean": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "int64": "integer",
    "float32": "number",
    "float64": "number",
    "date": "date",
    "timestamp": "datetime",
}


def table_schema(table: ContractEntry) -> dict[str, Any]:
    """A table of a snapshot as Table Schema: its columns with their meaning and unit, its key.

    >>> column = {"name": "n", "type": "int64", "unit": "patients", "meaning": "How many."}
    >>> entry = {"contract": "", "grain": "a row", "key": ["n"], "partition": None}
    >>> table_schema({**entry, "columns": [column]})["fields"]
    [{'name': 'n', 'type': 'integer', 'description': 'How many.', 'unit': 'patients'}]
    """
    schema: dict[str, Any] = {
        "fields": [
            {
                key: value
                for key, value in {
                    "name": column["name"],
                    "type": FIELD_TYPES[column["type"]],
                    "description": column["meaning"],
                    "unit": column["unit"],
                }.items()
                if value
            }
            for column in table["columns"]
        ],
        # A null is what was not published, withheld or does not apply; it is never zero.
        "missingValues": [""],
    }
    if table["key"]:
        schema["primaryKey"] = table["key"]
    return schema
