"""What the Quality and Outcomes Framework measured, year by year: groups, indicators, points.

Codes, groups, points and list types are facts. The descriptions are ours, in plain words. The
shares, levels and gradients are rough England figures that make an invented practice behave like
a real one; nothing is read from them but numbers to draw around.
"""

from dataclasses import dataclass
from functools import cache

from engine.period import start_of
from refresh.atlas.qof_words import DESCRIPTIONS

YEARS = ("2019-20", "2020-21", "2021-22", "2022-23", "2023-24", "2024-25", "2025-26")

DOMAINS = {"CL": "Clinical", "PH": "Public Health", "QI": "Quality improvement"}

# group | domain | its list | register per 100 of that list, a year each | older | poorer | noise
# older, poorer, noise: how much the logarithm of a practice's register moves with a deviation of
# its patients' age, of their deprivation, and of what neither explains.
_GROUPS = """
AF|CL|Atrial fibrillation|TOTAL|2.05 2.05 2.08 2.13 2.17 2.22 2.28|.42|-.02|.12
AST|CL|Asthma|TOTAL 2020:06OV|6.48 6.38 6.44 6.52 6.58 6.62 6.66|.02|.03|.18
BP|PH|Blood pressure|45OV||||
CAN|CL|Cancer|TOTAL|3.13 3.21 3.34 3.49 3.61 3.74 3.88|.30|-.10|.12
CHD|CL|Secondary prevention of coronary heart disease|TOTAL|3.09 3.05 3.01 2.99 2.99 2.99 3.00|.33|.10|.14
CHOL|CL|Cholesterol control and lipid management|TOTAL||||
CKD|CL|Chronic kidney disease|18OV|4.05 3.96 4.04 4.19 4.45 4.80 5.15|.38|.06|.34
COPD|CL|Chronic obstructive pulmonary disease|TOTAL|1.94 1.93 1.87 1.85 1.85 1.86 1.87|.28|.34|.34
CS|PH|Cervical screening|TOTAL 2021:25_64_F||||
CVDPP|PH|Cardiovascular disease \u2013 primary prevention|30_74|1.19 - - - - - -|.15|.05|.40
DEM|CL|Dementia|TOTAL|0.79 0.71 0.72 0.74 0.77 0.80 0.83|.45|.04|.30
DEP|CL|Depression|18OV|11.56 12.29 12.75 13.25 13.5 13.8 14.0|-.02|.10|.34
DM|CL|Diabetes mellitus|17OV|7.08 7.11 7.26 7.45 7.65 7.85 8.05|.12|.15|.24
EP|CL|Epilepsy|18OV|0.80 0.80 0.80 0.80 0.80 0.80 0.80|.02|.15|.18
EoLC|QI|End of life care|TOTAL||||
HF|CL|Heart failure|TOTAL|0.90 0.91 0.95 0.99 1.06 1.13 1.20|.36|.10|.24
HYP|CL|Hypertension|TOTAL|14.10 13.93 14.02 14.42 14.80 15.0 15.3|.26|.05|.17
LD|CL|Learning disability|TOTAL|0.51 0.53 0.54 0.56 0.58 0.60 0.62|.00|.16|.36
MH|CL|Mental health|TOTAL|0.93 0.95 0.95 1.00 1.00 1.01 1.02|-.12|.28|.24
NDH|CL|Non-diabetic hyperglycaemia |18OV|- 5.31 6.10 7.10 7.70 8.25 8.80|.16|.04|.38
OB|PH|Obesity|18OV|10.51 6.88 9.72 11.37 12.4 13.1 13.7|.04|.17|.30
OST|CL|Osteoporosis: secondary prevention of fragility fractures|50OV|0.85 0.76 0.86 0.97 1.05 1.15 1.25|.22|-.06|.60
PAD|CL|Peripheral arterial disease|TOTAL|0.60 0.59 0.58 0.57 0.57 0.57 0.57|.34|.18|.28
PC|CL|Palliative care|TOTAL|0.48 0.47 0.46 0.47 0.48 0.50 0.52|.32|.02|.70
PS|QI|Prescribing safety|TOTAL||||
QIECD|QI|Early cancer diagnosis|TOTAL||||
QILD|QI|Care of people with learning disabilities|TOTAL||||
QIOA|QI|Optimising Access|TOTAL||||
QIOSC|QI|Optimise use of staff capacity|TOTAL||||
QIPDD|QI|Prescription Drug Dependency|TOTAL||||
QIPDD_MI|QI|Prescription Drug Dependency (management information)|18OV||||
QIRAA|QI|Reducing avoidable appointments|TOTAL||||
QIWW|QI|Workforce and wellbeing|TOTAL||||
RA|CL|Rheumatoid arthritis|16OV|0.77 0.77 0.76 0.76 0.76 0.76 0.76|.18|.04|.20
SMOK|PH|Smoking|15OV||||
STIA|CL|Stroke and transient ischaemic attack|TOTAL|1.80 1.80 1.82 1.85 1.88 1.91 1.94|.36|.07|.13
VI|PH|Vaccination and immunisation|TOTAL||||
"""  # noqa: E501 (a table keeps its columns)

# code | group | measures | points, a year each | list, where it is not the group's | who is asked
# about: a register or list, and the share of it | England's percent | its PCAs, percent |
# percentage points lost in 2020-21 | lower and upper payment threshold | follows
# Measures: Register, newly diagnosed (W), Numerator, Denominator, PCAs, Achieved points.
_INDICATORS = """
AF001|AF|RA|5 5 5 5 5 5 -|||||||
AF006|AF|NDPA|12 12 12 12 12 12 12||AF .43|97|4|5|40 90|
AF007|AF|NDPA|12 12 25 12 - - -||AF .85|92|5|0|40 70|
AF008|AF|NDPA|- - - - 12 12 12||AF .85|94|5|0|70 95|AF007
AST001|AST|RA|4 - - - - - -|||||||
AST002|AST|NDPA|15 - - - - - -||AST .36|94|3|0|45 80|
AST003|AST|NDPA|20 - - - - - -||AST 1|77|12|0|45 70|
AST004|AST|NDPA|6 - - - - - -||AST .06|87|10|0|45 80|
AST005|AST|RA|- 4 4 4 4 4 -|||||||AST001
AST006|AST|NDPA|- 4 15 15 - - -||AST .04|75|6|14|45 80|AST002
AST007|AST|NDPA|- 20 20 20 20 20 20||AST 1|77|11|22|45 70|AST003
AST008|AST|NDPA|- 6 6 6 6 6 -|TOTAL 2021:06OV 2022:06_19|AST .08|84|9|14|45 80|AST004
AST011|AST|NDPA|- - - - 15 15 15||AST .05|73|7|0|45 80|AST006
BP002|BP|NDPA|15 15 15 15 15 15 15||45OV .99|90|1|4|50 90|
CAN001|CAN|RA|5 5 5 5 5 5 -|||||||
CAN003|CAN|NDPA|6 6 - - - - -||CAN .115|93|2|16|50 90|
CAN004|CAN|NDPA|- - 0 6 6 6 -||CAN .10|87|4|18|50 90|
CAN005|CAN|NDPA|- - 0 2 2 2 -||CAN .11|90|3|16|70 90|CAN003
CHD001|CHD|RA|4 4 4 4 4 4 -|||||||
CHD005|CHD|NDPA|7 7 15 7 7 7 7||CHD 1|95|5|0|56 96|
CHD007|CHD|NDPA|7 14 - - - - -||CHD 1|94|18|-1|56 96|
CHD008|CHD|NDPA|12 12 12 12 - - -|TOTAL 2022:79UN|CHD .69|82|5|17|40 77|
CHD009|CHD|NDPA|5 5 5 5 - - -|TOTAL 2022:80OV|CHD .31|90|3|11|46 86|
CHD015|CHD|NDPA|- - - - 12 12 33|79UN|CHD .68|80|5|0|40 77|CHD008
CHD016|CHD|NDPA|- - - - 5 5 14|80OV|CHD .32|88|3|0|46 86|CHD009
CHOL001|CHOL|NDPA|- - - - 14 - -||CHD 1.72|91|7|0|70 95|
CHOL002|CHOL|NDPA|- - - - 16 - -||CHD 1.72|38|11|0|20 35|
CHOL003|CHOL|NDPA|- - - - - 14 38||CHD 1.72|92|8|0|70 95|CHOL001
CHOL004|CHOL|NDPA|- - - - - 16 44||CHD 1.72|47|12|0|20 50|CHOL002
CKD005|CKD|RA|6 6 6 6 6 6 -|||||||
COPD001|COPD|RA|3 - - - - - -|||||||
COPD002|COPD|NDPA|5 - - - - - -||COPD .64|89|10|0|45 80|
COPD003|COPD|NDPA|9 - - - - - -||COPD 1|89|13|0|50 90|
COPD007|COPD|NDPA|6 12 - - - - -||COPD 1|96|20|-1|57 97|
COPD008|COPD|NDPA|2 2 2 2 - - -||COPD .30|85|50|20|40 90|
COPD009|COPD|RA|- 8 8 8 - - -|||||||COPD001
COPD010|COPD|NDPA|- 9 9 9 9 9 9||COPD 1|83|15|39|50 90|COPD003
COPD014|COPD|NDPA|- - - - 2 2 -||COPD .42|84|63|0|40 90|COPD008
COPD015|COPD|RA|- - - - 8 8 -|||||||COPD009
CS005|CS|NDPA|7 14 7 7 7 7 7|TOTAL 2021:25_64_F 2022:25_49_F|25_49_F .97|76|7|4|45 80|
CS006|CS|NDPA|4 8 4 4 4 4 4|TOTAL 2021:25_64_F 2022:50_64_F|50_64_F .87|83|7|3|45 80|
CVDPP001|CVDPP|RNDPA|10 - - - - - -||CVDPP .08|95|31|0|40 90|
DEM001|DEM|RA|5 5 5 5 5 5 -|||||||
DEM004|DEM|NDPA|39 39 39 39 14 14 14||DEM 1|81|8|38|35 70|
DEP003|DEP|RNDPA|10 10 10 10 - - -||DEP .13|85|21|14|45 80|
DEP004|DEP|WNDPA|- - - - 10 10 -||DEP .10|86|19|0|50 90|DEP003
DM006|DM|NDPA|3 3 6 3 3 3 3||DM .11|92|15|0|57 97|
DM012|DM|NDPA|4 4 4 4 4 4 4||DM 1|87|10|35|50 90|
DM014|DM|NDPA|11 11 11 11 11 11 11||DM .065|91|29|14|40 90|
DM017|DM|RA|6 6 6 6 6 6 -|||||||
DM018|DM|NDPA|3 6 - - - - -||DM 1|94|23|-1|55 95|
DM019|DM|NDPA|10 10 10 10 - - -||DM .84|76|10|15|38 78|
DM020|DM|NDPA|17 17 17 17 17 17 17||DM .84|69|15|8|35 75|
DM021|DM|NDPA|10 10 10 10 10 10 10||DM .16|88|8|7|52 92|
DM022|DM|NDPA|4 4 8 4 4 4 -|TOTAL 2021:17OV 2022:40OV|DM .52|85|18|1|50 90|
DM023|DM|NDPA|2 2 4 2 2 2 -||DM .33|93|11|0|50 90|
DM033|DM|NDPA|- - - - 10 10 -||DM .84|78|9|0|38 78|DM019
DM034|DM|NDPA|- - - - - - 4|40OV|DM .50|84|15|0|50 90|DM022
DM035|DM|NDPA|- - - - - - 2||DM .33|93|9|0|50 90|DM023
DM036|DM|NDPA|- - - - - - 27||DM .78|80|9|0|38 90|DM033
EP001|EP|RA|1 1 1 1 1 1 -|||||||
HF001|HF|RA|4 4 4 4 4 4 -|||||||
HF002|HF|NDPA|6 - - - - - -||HF .88|94|4|0|50 90|
HF003|HF|NDPA|10 6 12 6 6 6 6||HF .40|94|15|0|60 92|
HF004|HF|NDPA|9 - - - - - -||HF .33|91|10|0|40 65|
HF005|HF|NDPA|- 6 6 6 - - -||HF .14|83|7|6|50 90|HF002
HF006|HF|NDPA|- 6 12 6 6 6 6||HF .38|93|12|0|60 92|HF004
HF007|HF|NDPA|- 7 7 7 7 7 7||HF 1|86|7|24|50 90|
HF008|HF|NDPA|- - - - 6 6 6||HF .14|90|7|0|50 90|HF005
HYP001|HYP|RA|6 6 6 6 6 6 -|||||||
HYP003|HYP|NDPA|14 14 14 14 - - -|TOTAL 2022:79UN|HYP .79|72|7|17|40 77|
HYP007|HYP|NDPA|5 5 5 5 - - -|TOTAL 2022:80OV|HYP .21|85|3|12|40 80|
HYP008|HYP|NDPA|- - - - 14 14 38|79UN|HYP .78|74|6|0|40 77|HYP003
HYP009|HYP|NDPA|- - - - 5 5 14|80OV|HYP .22|83|3|0|40 80|HYP007
LD004|LD|RA|4 4 4 4 4 4 -|||||||
MH001|MH|RA|4 4 4 4 4 4 -|||||||
MH002|MH|NDPA|6 6 6 6 5 5 5||MH .86|86|16|16|40 90|
MH003|MH|NDPA|4 4 4 4 3 3 3||MH .86|90|10|14|50 90|
MH006|MH|NDPA|4 4 4 4 3 3 3||MH .86|88|12|14|50 90|
MH007|MH|NDPA|- - 0 4 3 3 3||MH .86|90|10|8|50 90|
MH011|MH|NDPA|- - 0 8 7 7 7||MH .74|89|12|14|50 90|
MH012|MH|NDPA|- - 0 8 7 7 7||MH .74|89|12|14|50 90|
MH021|MH|NDPA|- - - - 6 6 -||MH .86|74|15|0|40 90|
NDH001|NDH|RNDPA|- 0 0 18 - - -||NDH .93|87|5|20|50 90|
NDH002|NDH|RNDPA|- - - - 18 18 18||NDH .93|91|6|0|50 90|NDH001
OB002|OB|RA|8 8 8 8 - - -|||||||
OB003|OB|RA|- - - - 8 8 -|||||||OB002
OST004|OST|RA|3 3 3 3 3 3 -|||||||
PAD001|PAD|RA|2 2 2 2 2 2 -|||||||
PC001|PC|RA|3 3 3 3 3 3 -|||||||
QI001|PS|A|27 - - - - - -|||||||
QI002|PS|A|10 - - - - - -|||||||
QI003|EoLC|A|27 - - - - - -|||||||
QI004|EoLC|A|10 - - - - - -|||||||
QI013|QIWW|A|- - - - 27 27 -|||||||
QI014|QIWW|A|- - - - 10 10 -|||||||
QI016|QIOSC|A|- - - - 10 10 -|||||||
QI017|QIOSC|A|- - - - 6 6 -|||||||
QI018|QIOSC|A|- - - - 6 6 -|||||||
QI019|QIRAA|A|- - - - 15 15 -|||||||
QIECD005|QIECD|A|- 27 27 - - - -|||||||
QIECD006|QIECD|A|- 10 10 - - - -|||||||
QILD007|QILD|A|- 27 27 - - - -|||||||
QILD008|QILD|A|- 10 10 - - - -|||||||
QIOA011|QIOA|A|- - - 27 - - -|||||||
QIOA012|QIOA|A|- - - 10 - - -|||||||
QIPDD009|QIPDD|A|- - - 27 - - -|||||||
QIPDD010|QIPDD|A|- - - 10 - - -|||||||
QIPDDMI001|QIPDD_MI|NDA|- - - 0 - - -||18OV .05|24|0|0||
QIPDDMI002|QIPDD_MI|NDA|- - - 0 - - -||18OV .04|31|0|0||
QIPDDMI003|QIPDD_MI|NDA|- - - 0 - - -||18OV .02|18|0|0||
QIPDDMI004|QIPDD_MI|NDPA|- - - 0 - - -||18OV .03|47|4|0||
RA001|RA|RA|1 1 1 1 1 1 -|||||||
RA002|RA|NDPA|5 5 5 5 - - -||RA 1|86|10|24|40 90|
SMOK002|SMOK|NDPA|25 25 25 25 25 25 25||15OV .282|94|2|4|50 90|
SMOK004|SMOK|NDPA|12 12 12 12 12 12 12||15OV .155|90|2|5|40 90|
SMOK005|SMOK|NDPA|25 25 25 25 25 25 -||15OV .041|95|2|4|56 96|
STIA001|STIA|RA|2 2 2 2 2 2 -|||||||
STIA007|STIA|NDPA|4 4 8 4 4 4 4||STIA .67|96|5|0|57 97|
STIA009|STIA|NDPA|2 4 - - - - -||STIA 1|93|20|-1|55 95|
STIA010|STIA|NDPA|3 3 3 3 - - -|TOTAL 2022:79UN|STIA .63|79|6|17|40 73|
STIA011|STIA|NDPA|2 2 2 2 - - -|TOTAL 2022:80OV|STIA .37|89|4|11|46 86|
STIA014|STIA|NDPA|- - - - 3 3 8|79UN|STIA .62|77|6|0|40 73|STIA010
STIA015|STIA|NDPA|- - - - 2 2 6|80OV|STIA .38|87|4|0|46 86|STIA011
VI001|VI|NDPA|- - 18 18 18 18 18|TOTAL 2022:UN01|UN01 .9|93|1|0|89 96|
VI002|VI|NDPA|- - 18 18 18 18 18|TOTAL 2022:1_2|1_2 .95|90|1|0|86 96|
VI003|VI|NDPA|- - 18 18 18 18 18|TOTAL 2022:4_5|4_5 .95|86|1|0|81 96|
VI004|VI|NDPA|- - 10 10 10 10 10|TOTAL 2022:79_80|79_80 .95|63|11|0|50 60|
"""


@dataclass(frozen=True)
class Group:
    """A condition or a topic, and how its register lies among practices.

    register_percent  England's register per 100 of the group's list, by year; empty: no register
    older, poorer     what a deviation of age, of deprivation, adds to the register's logarithm
    noise             standard deviation of what is left of it between practices
    """

    code: str
    domain: str
    name: str
    list_types: str
    register_percent: dict[str, float]
    older: float
    poorer: float
    noise: float

    def list_type(self, year: str) -> str:
        """The list its register is counted against in `year`."""
        return _in_year(self.list_types, year)


@dataclass(frozen=True)
class Indicator:
    """One thing that is counted, over the years in which it was.

    points      the most a practice could have, by year; only the years it was published
    asked       the register (a group's code) or list it is about, and the share of that
    percent     England's underlying achievement; `pca_percent` England's PCA rate
    dip         percentage points that 2020-21 took from it
    thresholds  achievement at which points begin, and at which they are all earned
    line        the code of the first indicator it continues, its own if it continues none
    """

    code: str
    group: Group
    measures: str
    points: dict[str, int]
    list_types: str
    asked: tuple[str, float] | None
    percent: float
    pca_percent: float
    dip: float
    thresholds: tuple[float, float]
    line: str
    description: str

    def list_type(self, year: str) -> str:
        """The list type that MAPPING_INDICATORS gives for it in `year`."""
        return _in_year(self.list_types, year) if self.list_types else self.group.list_type(year)


@cache
def groups() -> dict[str, Group]:
    """Every group by its code, sorted by code."""
    return {group.code: group for group in sorted(map(_group, _rows(_GROUPS)), key=_code)}


@cache
def indicators(year: str) -> tuple[Indicator, ...]:
    """The indicators published for `year`, sorted by code.

    >>> [len(indicators(year)) for year in YEARS]
    [68, 68, 72, 76, 76, 76, 44]
    >>> [sum(i.points[year] for i in indicators(year)) for year in YEARS]
    [559, 567, 635, 635, 635, 635, 564]
    """
    return tuple(i for i in _all_indicators() if year in i.points)


@cache
def lines() -> tuple[str, ...]:
    """The lines of indicators: what persists in a practice when a code is replaced by the next."""
    return tuple(sorted({i.line for i in _all_indicators()}))


@cache
def _all_indicators() -> tuple[Indicator, ...]:
    rows = _rows(_INDICATORS)
    follows = {row[0]: row[10] for row in rows if row[10]}
    return tuple(sorted((_indicator(row, follows) for row in rows), key=_code))


def _group(row: list[str]) -> Group:
    code, domain, name, list_types, percents, *loadings = row
    older, poorer, noise = (float(loading or 0) for loading in loadings)
    by_year = {year: float(text) for year, text in _by_year(percents).items()}
    return Group(code, domain, name, list_types, by_year, older, poorer, noise)


def _indicator(row: list[str], follows: dict[str, str]) -> Indicator:
    code, group, measures, points, list_types, asked, percent, pcas, dip, pays, _ = row
    base, _, share = asked.partition(" ")
    low, high = (float(edge) / 100 for edge in (pays or "0 100").split())
    return Indicator(
        code=code,
        group=groups()[group],
        measures=measures,
        points={year: int(text) for year, text in _by_year(points).items()},
        list_types=list_types,
        asked=(base, float(share)) if asked else None,
        percent=float(percent or 0),
        pca_percent=float(pcas or 0),
        dip=float(dip or 0),
        thresholds=(low, high),
        line=_line(code, follows),
        description=DESCRIPTIONS[code],
    )


def _line(code: str, follows: dict[str, str]) -> str:
    return _line(follows[code], follows) if code in follows else code


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def _by_year(cells: str) -> dict[str, str]:
    given = zip(YEARS, cells.split(), strict=True) if cells else ()
    return {year: cell for year, cell in given if cell != "-"}


def _in_year(list_types: str, year: str) -> str:
    """`TOTAL 2021:06OV` read as: TOTAL, and from the year that starts in 2021, 06OV."""
    first, *later = list_types.split()
    for change in later:
        since, _, list_type = change.partition(":")
        if start_of(year) >= int(since):
            first = list_type
    return first


def _code(coded: Group | Indicator) -> str:
    return coded.code
