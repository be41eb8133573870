"""States and the census region that each lies in, as the Census Bureau divides the country."""

_REGIONS = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "South": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
REGION_OF = {state: region for region, states in _REGIONS.items() for state in states.split()}
"""Fifty states and the District of Columbia; territories are in no region."""
