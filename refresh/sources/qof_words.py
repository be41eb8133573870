"""Plain words for QOF groups and indicators, where a release has none, and declared breaks.

One line an indicator, in our own words; the publisher's description stays the definition.
"""

GROUPS: dict[str, str] = {
    "AF": "Atrial fibrillation",
    "AST": "Asthma",
    "BP": "Blood pressure",
    "CAN": "Cancer",
    "CHD": "Coronary heart disease",
    "CHOL": "Cholesterol control",
    "CKD": "Chronic kidney disease",
    "COPD": "Chronic obstructive pulmonary disease",
    "CS": "Cervical screening",
    "CVDPP": "Cardiovascular disease, primary prevention",
    "DEM": "Dementia",
    "DEP": "Depression",
    "DM": "Diabetes",
    "EP": "Epilepsy",
    "HF": "Heart failure",
    "HYP": "Hypertension",
    "LD": "Learning disabilities",
    "LVSD": "Left ventricular systolic dysfunction",
    "MH": "Mental health",
    "NDH": "Non-diabetic hyperglycaemia",
    "OB": "Obesity",
    "OST": "Osteoporosis",
    "PAD": "Peripheral arterial disease",
    "PC": "Palliative care",
    "RA": "Rheumatoid arthritis",
    "SMOK": "Smoking",
    "STIA": "Stroke and transient ischaemic attack",
    "VI": "Vaccination and immunisation",
}
DESCRIPTIONS: dict[str, str] = {}
NOT_COMPARABLE: dict[str, str] = {
    "OB 2023-24": "The register's definition changed: not comparable with earlier years",
    "AST 2020-21": "The register now counts patients aged 6 and over only",
}
