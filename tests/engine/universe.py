"""A small England drawn by hand: eleven practices, each with something that goes wrong in sums.

A00001 and A00002 are a network; A00003 and B00001 are one too, across two sub-ICBs and ICBs.
B00002 is a network of its own; B00003 and C00001 are unallocated (`U`). C00002 has nobody
eligible, C00003 reports nothing, C00004 counts more than it could, C00001 lacks a numerator and
C00005 a denominator. In 2022-23 only two of them are left.
"""

from pathlib import Path
from typing import Any

from engine import Lake
from engine.table import Table
from engine.wings import table
from tests.conftest import rows, sealed

GEOGRAPHY = """
year    | practice_code | pcn_code | sub_icb_code | icb_code | region_code
2021-22 | A00001        | U00001   | 01A          | QAA      | Y01
2021-22 | A00002        | U00001   | 01A          | QAA      | Y01
2021-22 | A00003        | U00002   | 01A          | QAA      | Y01
2021-22 | B00001        | U00002   | 02B          | QBB      | Y02
2021-22 | B00002        | U00003   | 02B          | QBB      | Y02
2021-22 | B00003        | U        | 02B          | QBB      | Y02
2021-22 | C00001        | U        | 03C          | QBB      | Y02
2021-22 | C00002        | U00004   | 03C          | QBB      | Y02
2021-22 | C00003        | U00004   | 03C          | QBB      | Y02
2021-22 | C00004        | U00005   | 03C          | QBB      | Y02
2021-22 | C00005        | U00005   | 03C          | QBB      | Y02
2022-23 | A00001        | U00001   | 01A          | QAA      | Y01
2022-23 | B00001        |          |              |          |
"""
ORGANISATION = """
year    | level    | organisation_code | organisation_name | latitude | longitude
2021-22 | practice | A00001            | Ash Surgery       | 51.5     | -0.1
2021-22 | practice | A00002            | Birch Surgery     |          |
2021-22 | pcn      | U00001            | Trees             | 51.6     | -0.2
2021-22 | pcn      | U00002            | Bridges           | 52.0     | -1.0
2021-22 | pcn      | U00003            | Only One          | 52.1     | -1.1
2021-22 | sub_icb  | 01A               | A Place           | 51.5     | -0.1
2021-22 | icb      | QAA               | A Board           | 51.5     | -0.1
2021-22 | region   | Y01               | London            | 51.5     | -0.1
2021-22 | england  | ENG               | England           | 52.5     | -1.5
2022-23 | practice | A00001            | Ash Surgery       | 51.5     | -0.1
"""
ACHIEVED = """
year    | practice_code | indicator_code | numerator | denominator | pcas | points
2021-22 | A00001        | COPD010        | 80        | 100         | 25   | 2.5
2021-22 | A00002        | COPD010        | 5         | 10          |      | 0
2021-22 | A00003        | COPD010        | 30        | 40          | 10   | 1.5
2021-22 | B00001        | COPD010        | 0         | 20          | 0    | 0
2021-22 | B00002        | COPD010        | 9         | 9           |      | 3
2021-22 | B00003        | COPD010        | 10        | 50          | 50   | 1.25
2021-22 | C00001        | COPD010        |           | 30          | 5    | 2
2021-22 | C00002        | COPD010        | 0         | 0           | 4    |
2021-22 | C00004        | COPD010        | 12        | 10          | 1    | 3
2021-22 | C00005        | COPD010        | 7         |             | 2    | 1
2021-22 | A00001        | MH007          | 1         | 2           |      | 0
2021-22 | A00001        | NEW001         | 1         | 2           |      | 4
2022-23 | A00001        | COPD010        | 1         | 3           | 3    | 1
2022-23 | A00001        | HYP008         | 1         | 4           |      | 1
"""
PREVALENCE = """
year    | practice_code | group_code | register | list_type | list_size
2021-22 | A00001        | DM         | 60       | 17OV      | 800
2021-22 | A00001        | COPD       | 20       | TOTAL     | 1000
2021-22 | A00002        | DM         | 40       | 17OV      | 200
2021-22 | A00002        | COPD       | 10       | TOTAL     | 400
2021-22 | A00003        | DM         | 0        | 17OV      | 500
2021-22 | B00001        | DM         |          | 17OV      | 900
2021-22 | B00002        | DM         | 50       | 17OV      | 250
2021-22 | B00003        | DM         | 10       | 17OV      |
2021-22 | C00001        | DM         | 30       | 17OV      | 1000
2021-22 | C00002        | DM         | 0        | 17OV      | 0
2021-22 | C00004        | DM         | 7        | 17OV      | 700
2021-22 | C00005        | COPD       | 9        | TOTAL     | 900
2022-23 | A00001        | DM         | 1        | 17OV      | 10
"""
INDICATOR = """
year    | indicator_code | kind      | group_code | points_max
2021-22 | COPD010        | indicator | COPD       | 3
2021-22 | MH007          | indicator | MH         | 0
2021-22 | COPD           | register  | COPD       |
2022-23 | COPD010        | indicator | COPD       | 1
2022-23 | HYP008         | indicator | HYP        | 1
"""
DRAWN: dict[str, str] = {
    "practice_geography": GEOGRAPHY,
    "organisation": ORGANISATION,
    "percent_achieved": ACHIEVED,
    "prevalence": PREVALENCE,
    "indicator": INDICATOR,
}


def england(folder: Path, facts: dict[str, Any] | None = None, **instead: str) -> Lake:
    """The small England, sealed; `instead` draws some of its tables otherwise.

    Takes: `facts`, what else its manifest says.
    """
    contracts: dict[str, Table] = {name: table(name) for name in DRAWN | instead}
    drawn = {name: rows(text, contracts[name]) for name, text in (DRAWN | instead).items()}
    return sealed(folder, facts, **drawn)
