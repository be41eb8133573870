"""The public bodies of the NHS in England: regions, ICBs, sub-ICB locations, and what they were.

Codes and names are facts, kept here as declarations; the only logic is the reading of them and
how the publisher has written them from year to year (STP and CCG, then ICB and sub-ICB location).
"""

import io
from pathlib import Path

import polars as pl

TOWNS = Path(__file__).with_name("towns.csv")

REGIONS = """\
region_code|region_ons|region_ons_before|region_name
Y56|E40000003||London
Y58|E40000006||South West
Y59|E40000005||South East
Y60|E40000011|E40000008|Midlands
Y61|E40000007||East of England
Y62|E40000010||North West
Y63|E40000012|E40000009|North East and Yorkshire
"""

# *_before is what stood there up to 2020-21, where it was something else.
ICBS = """\
icb_code|region_code|icb_ons|icb_ons_before|icb|icb_before
QE1|Y62|E54000048||Lancashire and South Cumbria|Healthier Lancashire and South Cumbria
QF7|Y63|E54000061|E54000009|South Yorkshire|South Yorkshire and Bassetlaw
QGH|Y60|E54000019||Herefordshire and Worcestershire|
QH8|Y61|E54000026||Mid and South Essex|
QHG|Y61|E54000024||Bedfordshire, Luton and Milton Keynes|
QHL|Y60|E54000055|E54000017|Birmingham and Solihull|
QHM|Y63|E54000050||North East and North Cumbria|Cumbria and North East
QJ2|Y60|E54000058|E54000012|Derby and Derbyshire|Joined Up Care Derbyshire
QJG|Y61|E54000023||Suffolk and North East Essex|
QJK|Y58|E54000037||Devon|
QJM|Y60|E54000013||Lincolnshire|
QK1|Y60|E54000015||Leicester, Leicestershire and Rutland|
QKK|Y56|E54000030||South East London|Our Healthier South East London
QKS|Y59|E54000032||Kent and Medway|
QM7|Y61|E54000025||Hertfordshire and West Essex|
QMF|Y56|E54000029||North East London|East London Health and Care Partnership
QMJ|Y56|E54000028||North Central London|North London Partners in Health and Care
QMM|Y61|E54000022||Norfolk and Waveney|Norfolk and Waveney Health and Care Partnership
QNC|Y60|E54000010||Staffordshire and Stoke-on-Trent|Staffordshire and Stoke on Trent
QNQ|Y59|E54000034||Frimley|Frimley Health and Care ICS
QNX|Y59|E54000053||Sussex|Sussex and East Surrey Health and Care Partnership
QOC|Y60|E54000011||Shropshire, Telford and Wrekin|Shropshire and Telford and Wrekin
QOP|Y62|E54000057|E54000007|Greater Manchester|Greater Manchester Health and Social Care Partnership
QOQ|Y63|E54000051||Humber and North Yorkshire|Humber, Coast and Vale
QOX|Y58|E54000040||Bath and North East Somerset, Swindon and Wiltshire|
QPM|Y60|E54000059|E54000020|Northamptonshire|
QR1|Y58|E54000043||Gloucestershire|
QRL|Y59|E54000042||Hampshire and the Isle of Wight|
QRV|Y56|E54000027||North West London|North West London Health and Care Partnership
QSL|Y58|E54000038||Somerset|
QT1|Y60|E54000060|E54000014|Nottingham and Nottinghamshire|Nottingham and Nottinghamshire Health and Care
QT6|Y58|E54000036||Cornwall and the Isles of Scilly|Cornwall and the Isles of Scilly Health and Social Care Partnership
QU9|Y59|E54000044||Buckinghamshire, Oxfordshire and Berkshire West|
QUA|Y60|E54000062|E54000016|Black Country|The Black Country and West Birmingham
QUE|Y61|E54000056|E54000021|Cambridgeshire and Peterborough|
QUY|Y58|E54000039||Bristol, North Somerset and South Gloucestershire|
QVV|Y58|E54000041||Dorset|
QWE|Y56|E54000031||South West London|South West London Health and Care Partnership
QWO|Y63|E54000054||West Yorkshire|West Yorkshire and Harrogate (Health and Care Partnership)
QWU|Y60|E54000018||Coventry and Warwickshire|
QXU|Y59|E54000052||Surrey Heartlands|Surrey Heartlands Health and Care Partnership
QYG|Y62|E54000008||Cheshire and Merseyside|
"""  # noqa: E501 (names are as long as they are)

# practices: how many there were in 2019-20, which here is only a weight.
SUB_ICBS = """\
sub_icb_code|icb_code|sub_icb_ons|sub_icb_ons_before|practices|ccg|icb_code_before
00Q|QE1|E38000014||23|Blackburn with Darwen|
00R|QE1|E38000015||17|Blackpool|
00X|QE1|E38000034||26|Chorley and South Ribble|
01A|QE1|E38000050||48|East Lancashire|
01E|QE1|E38000227||22|Greater Preston|
01K|QE1|E38000228||32|Morecambe Bay|
02G|QE1|E38000200||15|West Lancashire|
02M|QE1|E38000226||19|Fylde and Wyre|
02P|QF7|E38000006||32|Barnsley|
02X|QF7|E38000044||39|Doncaster|
03L|QF7|E38000141||29|Rotherham|
03N|QF7|E38000146||77|Sheffield|
18C|QGH|E38000236||81|Herefordshire and Worcestershire|
06Q|QH8|E38000106||40|Mid Essex|
07G|QH8|E38000185||27|Thurrock|
99E|QH8|E38000007||35|Basildon and Brentwood|
99F|QH8|E38000030||23|Castle Point and Rochford|
99G|QH8|E38000168||25|Southend|
M1J4Y|QHG|E38000249||96|Bedfordshire, Luton and Milton Keynes|
15E|QHL|E38000258|E38000220|160|Birmingham and Solihull|
00L|QHM|E38000130||38|Northumberland|
00N|QHM|E38000163||21|South Tyneside|
00P|QHM|E38000176||38|Sunderland|
01H|QHM|E38000215||35|North Cumbria|
13T|QHM|E38000212||60|Newcastle Gateshead|
16C|QHM|E38000247||80|Tees Valley|
84H|QHM|E38000234||61|County Durham|
99C|QHM|E38000127||25|North Tyneside|
15M|QJ2|E38000261|E38000229|112|Derby and Derbyshire|
06L|QJG|E38000086||38|Ipswich and East Suffolk|
06T|QJG|E38000117||32|North East Essex|
07K|QJG|E38000204||24|West Suffolk|
15N|QJK|E38000230||123|Devon|
71E|QJM|E38000238||85|Lincolnshire|
03W|QK1|E38000051||30|East Leicestershire and Rutland|
04C|QK1|E38000097||57|Leicester City|
04V|QK1|E38000201||46|West Leicestershire|
72Q|QKK|E38000244||202|South East London|
91Q|QKS|E38000237||198|Kent and Medway|
06K|QM7|E38000049||50|East and North Hertfordshire|
06N|QM7|E38000079||55|Herts Valleys|
07H|QM7|E38000197||30|West Essex|
A3A8R|QMF|E38000255||276|North East London|
93C|QMJ|E38000240||185|North Central London|
26A|QMM|E38000239||105|Norfolk and Waveney|
04Y|QNC|E38000028||22|Cannock Chase|
05D|QNC|E38000053||18|East Staffordshire|
05G|QNC|E38000126||30|North Staffordshire|
05Q|QNC|E38000153||24|South East Staffordshire and Seisdon Peninsula|
05V|QNC|E38000173||14|Stafford and Surrounds|
05W|QNC|E38000175||39|Stoke on Trent|
D4U1Y|QNQ|E38000252||73|Frimley|
09D|QNX|E38000021||34|Brighton and Hove|
70F|QNX|E38000248||78|West Sussex|
97R|QNX|E38000235||54|East Sussex|
M2L0M|QOC|E38000257||54|Shropshire, Telford and Wrekin|
00T|QOP|E38000016||49|Bolton|
00V|QOP|E38000024||26|Bury|
00Y|QOP|E38000135||40|Oldham|
01D|QOP|E38000080||36|Heywood, Middleton and Rochdale|
01G|QOP|E38000143||38|Salford|
01W|QOP|E38000174||36|Stockport|
01Y|QOP|E38000263|E38000182|37|Tameside and Glossop|
02A|QOP|E38000187||29|Trafford|
02H|QOP|E38000205||58|Wigan Borough|
14L|QOP|E38000217||85|Manchester|
02Y|QOQ|E38000052||29|East Riding of Yorkshire|
03F|QOQ|E38000085||32|Hull|
03H|QOQ|E38000119||24|North East Lincolnshire|
03K|QOQ|E38000122||19|North Lincolnshire|
03Q|QOQ|E38000188||25|Vale of York|
42D|QOQ|E38000241||51|North Yorkshire|
92G|QOX|E38000231||92|Bath and North East Somerset, Swindon and Wiltshire|
78H|QPM|E38000262|E38000242|69|Northamptonshire|
11M|QR1|E38000062||72|Gloucestershire|
10R|QRL|E38000137||13|Portsmouth|
D9Y0V|QRL|E38000253||135|Hampshire, Southampton and Isle of Wight|
W2U3Z|QRV|E38000256||352|North West London|
11X|QSL|E38000150||65|Somerset|
02Q|QT1|E38000008||9|Bassetlaw|QF7
52R|QT1|E38000243||126|Nottingham and Nottinghamshire|
11N|QT6|E38000089||59|Kernow|
10Q|QU9|E38000136||67|Oxfordshire|
14Y|QU9|E38000223||48|Buckinghamshire|
15A|QU9|E38000221||44|Berkshire West|
D2P2L|QUA|E38000259|E38000250|207|Black Country and West Birmingham|
06H|QUE|E38000260|E38000026|85|Cambridgeshire and Peterborough|
15C|QUY|E38000222||77|Bristol, North Somerset and South Gloucestershire|
11J|QVV|E38000045||79|Dorset|
36L|QWE|E38000245||180|South West London|
02T|QWO|E38000025||21|Calderdale|
03R|QWO|E38000190||36|Wakefield|
15F|QWO|E38000225||93|Leeds|
36J|QWO|E38000232||71|Bradford District and Craven|
X2C4Y|QWO|E38000254||64|Kirklees|
B2M3M|QWU|E38000251||122|Coventry and Warwickshire|
92A|QXU|E38000246||104|Surrey Heartlands|
01F|QYG|E38000068||14|Halton|
01J|QYG|E38000091||25|Knowsley|
01T|QYG|E38000161||30|South Sefton|
01V|QYG|E38000170||17|Southport and Formby|
01X|QYG|E38000172||33|St Helens|
02E|QYG|E38000194||26|Warrington|
12F|QYG|E38000208||47|Wirral|
27D|QYG|E38000233||78|Cheshire|
99A|QYG|E38000101||85|Liverpool|
"""

# CCGs that had become one sub-ICB location by 2020-21; towns.csv says where they were.
CCGS_2019 = """\
ccg_code|ccg_ons|ccg
03A|E38000064|Greater Huddersfield
03J|E38000121|North Kirklees
04F|E38000107|Milton Keynes
05A|E38000038|Coventry and Rugby
05C|E38000046|Dudley
05H|E38000195|Warwickshire North
05L|E38000144|Sandwell and West Birmingham
05N|E38000147|Shropshire
05R|E38000164|South Warwickshire
05X|E38000183|Telford and Wrekin
05Y|E38000191|Walsall
06A|E38000210|Wolverhampton
06F|E38000010|Bedfordshire
06P|E38000102|Luton
07L|E38000004|Barking and Dagenham
07P|E38000020|Brent
07T|E38000035|City and Hackney
07W|E38000048|Ealing
07Y|E38000084|Hounslow
08C|E38000070|Hammersmith and Fulham
08E|E38000074|Harrow
08F|E38000077|Havering
08G|E38000082|Hillingdon
08M|E38000113|Newham
08N|E38000138|Redbridge
08V|E38000186|Tower Hamlets
08W|E38000192|Waltham Forest
08Y|E38000202|West London
09A|E38000031|Central London (Westminster)
10C|E38000178|Surrey Heath
10J|E38000120|North Hampshire
10K|E38000059|Fareham and Gosport
10L|E38000087|Isle of Wight
10V|E38000154|South Eastern Hampshire
10X|E38000167|Southampton
11A|E38000198|West Hampshire
15D|E38000224|East Berkshire
99M|E38000118|North East Hampshire and Farnham
"""

# The publisher writes these two differently in the ICB's name and in its locations' names.
_IN_LOCATION_NAMES = {
    "Hampshire and the Isle of Wight": "Hampshire and Isle Of Wight",
    "Cornwall and the Isles of Scilly": "Cornwall and The Isles Of Scilly",
}
# This one has ended in a space ever since.
_TRAILING_SPACE = "Norfolk and Waveney"


def towns() -> pl.DataFrame:
    """Every town of towns.csv, one row each, in its order: where England's practices stand.

    Position, size and character are approximate on purpose: they only have to make the cloud of
    dots look like England and the gradients between places look believable.

    Gives:  sub_icb  the sub-ICB location the town lies in
            people   thousands of patients the town serves: its weight within its sub-ICB
            area     postcode area letters
            halo     km around the town in which village practices lie; 0 for none
            shun     the compass point practices keep away from: the sea, or a border; else empty
            older    how much older (+) or younger (-) than England's its patients are, in
                     deviations; poorer: how much more (+) or less (-) deprived; 0 by default
            ccg      the CCG of 2019-20 (its sub-ICB's code where that did not change)
    """
    filled = [pl.col("halo").fill_null(0), pl.col("older", "poorer").fill_null(0.0)]
    return _table(TOWNS.read_text(encoding="utf-8"), ",").with_columns(
        *filled, pl.col("shun").fill_null(""), ccg=pl.coalesce("ccg", "sub_icb")
    )


def sub_icbs() -> pl.DataFrame:
    """The 106 sub-ICB locations, one row each: codes, ICB, region, practices in 2019-20."""
    return _table(SUB_ICBS, "|").join(_table(ICBS, "|"), on="icb_code", maintain_order="left")


def organisations(year: str) -> pl.DataFrame:
    """What a practice belonged to as the publisher wrote it in `year`, one row a location.

    Takes:  a QOF year, `2019-20` to `2025-26`.
    Gives:  location_code, location_ons, location_name (a CCG up to 2020-21, then a sub-ICB
            location), icb_code, icb_ons, icb_name (an STP up to 2020-21), region_code,
            region_ons, region_name; sorted by location_code.

    >>> organisations("2019-20").height, organisations("2023-24").height
    (135, 106)
    >>> organisations("2022-23")["location_name"][0]
    'NHS North East and North Cumbria ICB - 00L'
    """
    before = year <= "2020-21"
    locations = _ccgs_of_2019() if year == "2019-20" else _locations()
    if before:
        locations = locations.with_columns(icb_code=pl.coalesce("icb_code_before", "icb_code"))
    return (
        locations.join(_table(ICBS, "|"), on="icb_code")
        .join(_table(REGIONS, "|"), on="region_code")
        .with_columns(**(_written_before(year) if before else _written_since()))
        .rename({"sub_icb_ons": "location_ons"})
        .select(
            *("location_code", "location_ons", "location_name"),
            *("icb_code", "icb_ons", "icb_name"),
            *("region_code", "region_ons", "region_name"),
        )
        .sort("location_code")
    )


def _table(text: str, separator: str) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(text), separator=separator, infer_schema_length=None)


def _locations() -> pl.DataFrame:
    return _table(SUB_ICBS, "|").with_columns(location_code=pl.col("sub_icb_code"))


def _ccgs_of_2019() -> pl.DataFrame:
    """The locations of 2020-21 with those that were still several CCGs taken apart."""
    within = towns().select(sub_icb_code="sub_icb", location_code="ccg").unique()
    ccgs = _table(CCGS_2019, "|").rename({"ccg_code": "location_code", "ccg": "former"})
    return (
        _table(SUB_ICBS, "|")
        .join(within, on="sub_icb_code")
        .join(ccgs, on="location_code", how="left")
        .with_columns(
            ccg=pl.coalesce("former", "ccg"),
            sub_icb_ons_before=pl.coalesce("ccg_ons", "sub_icb_ons_before"),
        )
    )


def _written_before(year: str) -> dict[str, pl.Expr]:
    stp = pl.coalesce("icb_before", "icb")
    return {
        "location_name": pl.format("NHS {} CCG", "ccg"),
        "icb_name": pl.format("{} STP", stp) if year == "2019-20" else stp,
        **{
            code: pl.coalesce(f"{code}_before", code)
            for code in ("sub_icb_ons", "icb_ons", "region_ons")
        },
    }


def _written_since() -> dict[str, pl.Expr]:
    name = pl.format("NHS {} Integrated Care Board", "icb")
    short = pl.col("icb").replace(_IN_LOCATION_NAMES)
    return {
        "location_name": pl.format("NHS {} ICB - {}", short, "location_code"),
        "icb_name": pl.when(pl.col("icb") == _TRAILING_SPACE).then(name + " ").otherwise(name),
    }
