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
# code | what is measured
_DESCRIPTIONS = """
AF001|Register of patients
AF006|Stroke risk assessed in the last year
AF007|High stroke risk, on anticoagulant
AF008|High stroke risk, on anticoagulant
AST001|Register of patients
AST002|Diagnosis confirmed by measured breathing
AST003|Review in the last year
AST004|Smoking status recorded, ages 14 to 19
AST005|Register of patients aged 6 and over
AST006|Diagnosis confirmed by tests
AST007|Review with control and inhaler check
AST008|Smoking exposure, to age 19
AST011|Diagnosis confirmed by two tests
BP002|Blood pressure in 5 years, 45 and over
CAN001|Register of patients
CAN003|Reviewed within 6 months of diagnosis
CAN004|Review within a year of diagnosis
CAN005|Offered support within 3 months
CHD001|Register of patients
CHD005|On aspirin or another blood thinner
CHD007|Flu vaccination
CHD008|Blood pressure 140/90 or less, under 80
CHD009|Blood pressure 150/90 or less, 80 and over
CHD015|Blood pressure 140/90 or less, under 80
CHD016|Blood pressure 150/90 or less, 80 and over
CHOL001|On a statin or like treatment
CHOL002|Cholesterol at or below 1.8
CHOL003|On a statin or like treatment
CHOL004|Cholesterol at or below 2.0
CKD005|Register of patients aged 18 and over
COPD001|Register of patients
COPD002|Diagnosis confirmed by measured breathing
COPD003|Review with breathlessness score
COPD007|Flu vaccination
COPD008|Offered breathing rehabilitation
COPD009|Register, diagnosis confirmed by tests
COPD010|Review with flare-ups and breathlessness
COPD014|Offered breathing rehabilitation
COPD015|Register, diagnosis confirmed by tests
CS005|Smear in 42 months, 25 to 49
CS006|Smear in 66 months, 50 to 64
CVDPP001|High risk, new high blood pressure, on statin
DEM001|Register of patients
DEM004|Care plan reviewed face to face
DEP003|New diagnosis reviewed in 10 to 56 days
DEP004|New diagnosis reviewed in 10 to 56 days
DM006|Kidney damage, on ACE inhibitor or ARB
DM012|Foot examined in the last year
DM014|New diagnosis offered education course
DM017|Register of patients aged 17 and over
DM018|Flu vaccination
DM019|Blood pressure 140/80 or less, not frail
DM020|Blood sugar 58 or less, not frail
DM021|Blood sugar 75 or less, frail
DM022|On a statin, 40 and over, no heart disease
DM023|On a statin, with heart disease
DM033|Blood pressure 140/90 or less, not frail
DM034|On lipid lowering, no heart disease
DM035|On lipid lowering, with heart disease
DM036|Blood pressure 140/90 or less, not frail
EP001|Register of patients on treatment
HF001|Register of patients
HF002|Diagnosis confirmed by heart scan
HF003|Weak heart, on ACE inhibitor or ARB
HF004|Weak heart, on beta blocker as well
HF005|Diagnosis confirmed by heart scan
HF006|Weak heart, on beta blocker
HF007|Review with medicines in the last year
HF008|Diagnosis confirmed in 6 months
HYP001|Register of patients
HYP003|Blood pressure 140/90 or less, under 80
HYP007|Blood pressure 150/90 or less, 80 and over
HYP008|Blood pressure 140/90 or less, under 80
HYP009|Blood pressure 150/90 or less, 80 and over
LD004|Register of patients
MH001|Register of patients
MH002|Care plan agreed in the last year
MH003|Blood pressure in the last year
MH006|Weight recorded in the last year
MH007|Alcohol use recorded in the last year
MH011|Lipids tested
MH012|Blood sugar tested in the last year
MH021|All six physical checks in the last year
NDH001|Blood sugar tested in the last year
NDH002|Blood sugar tested in the last year
OB002|Register of patients aged 18 and over
OB003|Register, weight adjusted for ethnicity
OST004|Register of patients aged 50 and over
PAD001|Register of patients
PC001|Register of patients
QI001|Took part in improving safe prescribing
QI002|Shared learning on safe prescribing
QI003|Took part in improving end of life care
QI004|Shared learning on end of life care
QI013|Took part in improving staff wellbeing
QI014|Shared learning on staff wellbeing
QI016|Plan for using staff capacity
QI017|Plan for managing demand
QI018|Shared learning on demand and capacity
QI019|Took part in reducing avoidable appointments
QIECD005|Took part in improving early cancer diagnosis
QIECD006|Shared learning on early cancer diagnosis
QILD007|Took part in improving learning disability care
QILD008|Shared learning on learning disability care
QIOA011|Took part in improving access
QIOA012|Shared learning on access
QIPDD009|Took part in reducing drug dependency
QIPDD010|Shared learning on drug dependency
QIPDDMI001|Opioids over 3 months
QIPDDMI002|Gabapentinoids over 3 months
QIPDDMI003|Sleeping tablets over 4 weeks
QIPDDMI004|Long-term users reviewed in the last year
RA001|Register of patients aged 16 and over
RA002|Review face to face in the last year
SMOK002|Long-term condition, smoking status recorded
SMOK004|Smoker offered help in 2 years
SMOK005|Smoker with condition offered help
STIA001|Register of patients
STIA007|On aspirin or another blood thinner
STIA009|Flu vaccination
STIA010|Blood pressure 140/90 or less, under 80
STIA011|Blood pressure 150/90 or less, 80 and over
STIA014|Blood pressure 140/90 or less, under 80
STIA015|Blood pressure 150/90 or less, 80 and over
VI001|Three 6-in-1 doses by 8 months
VI002|First MMR dose by 18 months
VI003|Boosters and second MMR dose by 5 years
VI004|Shingles vaccine by 80
"""
DESCRIPTIONS: dict[str, str] = dict(
    line.split("|", 1) for line in _DESCRIPTIONS.strip().splitlines()
)
NOT_COMPARABLE: dict[str, str] = {
    "OB 2023-24": "The register's definition changed: not comparable with earlier years",
    "AST 2020-21": "The register now counts patients aged 6 and over only",
}
