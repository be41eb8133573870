"""What the invented payer is made of: states, names, specialties, tiers and their shares."""

STATES: tuple[tuple[str, str, str, str, float], ...] = (
    ("OH", "Midwest", "Columbus", "432", 0.16),
    ("TX", "South", "Houston", "770", 0.15),
    ("FL", "South", "Orlando", "328", 0.12),
    ("WI", "Midwest", "Madison", "537", 0.10),
    ("MI", "Midwest", "Lansing", "489", 0.08),
    ("GA", "South", "Atlanta", "303", 0.08),
    ("AZ", "West", "Phoenix", "850", 0.07),
    ("PA", "Northeast", "Allentown", "181", 0.07),
    ("NC", "South", "Durham", "277", 0.06),
    ("CO", "West", "Denver", "802", 0.05),
    ("NJ", "Northeast", "Newark", "071", 0.04),
    ("WA", "West", "Spokane", "992", 0.02),
)
"""State, census region, a city, the first digits of its ZIP codes, share of members."""

SPECIALTIES = (
    *("Family Medicine", "Internal Medicine", "Pediatrics", "Cardiology", "Dermatology"),
    *("Orthopedics", "OB/GYN", "Psychiatry", "Oncology", "Endocrinology", "Gastroenterology"),
    *("Urology", "Neurology"),
)
RARE_SPECIALTIES = ("Neonatology", "Infectious Disease", "Burn Surgery", "Transplant Surgery")
PRIMARY_CARE = ("Family Medicine", "Internal Medicine", "Pediatrics")

TIERS: tuple[tuple[str, float, tuple[int, int], tuple[int, int], tuple[int, int], float, int], ...]
TIERS = (
    ("Bronze", 0.40, (300, 450), (6000, 8000), (8000, 9500), 0.4, 45),
    ("Silver", 0.35, (400, 650), (3000, 5000), (6000, 8000), 0.3, 35),
    ("Gold", 0.20, (600, 900), (1000, 2500), (3000, 5950), 0.2, 25),
    ("Platinum", 0.05, (850, 1200), (0, 1000), (1500, 3450), 0.1, 15),
)
"""Tier, share of plans, dollars of premium, deductible and yearly limit, coinsurance, copay."""

NETWORKS = ("HMO", "EPO", "PPO", "POS")
SEGMENTS = ("Healthy", "Chronic", "Behavioral", "Maternity", "Complex")
SEGMENT_FACTORS = (1.0, 1.4, 1.3, 1.2, 1.8)
CONDITIONS = ("", "Diabetes", "CHF", "COPD", "Asthma", "CKD")
CONDITION_SHARES = (0.55, 0.14, 0.06, 0.08, 0.10, 0.07)
AGE_GROUPS = (
    (18, "<18"),
    (26, "18-25"),
    (35, "26-34"),
    (45, "35-44"),
    (55, "45-54"),
    (65, "55-64"),
)
OLDEST_GROUP = "65+"
CSR = ("none", "73", "87", "94")
CONTRACTS = tuple(f"Strategic Alliance {letter}" for letter in "ABC")
AGENCIES = ("Lakeland Agency", "Prairie Agency", "Harbor Agency")
BROKERS = ("Acme Brokerage", "Prime Advisors", "Union Brokers", "First Choice Brokers")
GROUPS = ("CareOne Partners", "Valley Physicians", "Metro Health Group", "Summit Medical")
OFFERED = ("29341", "45845")
"""First digits of an issuer's number that decide the area under which its members are reported."""

FIRST_NAMES = (
    *"Ada Alan Amy Ben Carla Chen Clara Dale Dana Diego Ella Emil Erin Eva Frank Gail".split(),
    *"Hana Hugo Ida Ivan Jack Jane Joan Jose June Karl Kate Kofi Lena Leo Lila Luis".split(),
    *"Mara Max Maya Milo Mona Nina Noah Nora Omar Otto Paul Rosa Ruth Sam Sara Sofia".split(),
    *"Tara Theo Tom Uma Vera Wade Walt Yara Zoe Anil Bea Cleo Dev Fay Gus Hal Inez".split(),
)
LAST_NAMES = (
    *"Adams Baker Bell Brooks Carter Chavez Cole Cruz Diaz Dixon Ellis Evans Flores".split(),
    *"Ford Garcia Grant Gray Green Hall Harris Hayes Hill Howard Hughes Hunt Jenkins".split(),
    *"Jordan Kelly Kim Lane Lee Long Lopez Marsh Mason Miller Moore Morgan Murphy".split(),
    *"Nash Nguyen Olsen Owens Park Patel Perez Price Quinn Reed Reyes Rivera Ross".split(),
    *"Rowe Ruiz Shaw Silva Stone Tran Turner Walsh Ward Webb West White Wood Young".split(),
)
STREETS = ("Oak", "Maple", "Cedar", "Lake", "Hill", "Park", "River", "Main", "Elm", "Walnut")
