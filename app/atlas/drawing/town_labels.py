"""Town names that tell people where they are when the map has no tiles under it.

Rounded positions of well-known towns, typed in; nothing is computed from them. The order is the
order of drawing: a name that would cover an earlier one is left out.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """A town: where it is and from which zoom level on its name is drawn."""

    name: str
    latitude: float
    longitude: float
    zoom: float


PLACES = (
    Place("London", 51.507, -0.128, 0),
    Place("Birmingham", 52.480, -1.903, 0),
    Place("Manchester", 53.480, -2.242, 0),
    Place("Newcastle", 54.978, -1.613, 0),
    Place("Bristol", 51.454, -2.588, 0),
    Place("Norwich", 52.630, 1.297, 0),
    Place("Plymouth", 50.376, -4.143, 0),
    Place("Leeds", 53.801, -1.549, 6),
    Place("Liverpool", 53.408, -2.992, 6.5),
    Place("Southampton", 50.909, -1.404, 6),
    Place("Nottingham", 52.954, -1.150, 6.5),
    Place("Hull", 53.745, -0.336, 6),
    Place("Carlisle", 54.893, -2.933, 6),
    Place("Cambridge", 52.205, 0.119, 6.5),
    Place("Exeter", 50.726, -3.527, 6.5),
    Place("Brighton", 50.823, -0.137, 6.5),
    Place("Oxford", 51.752, -1.258, 6.5),
    Place("Sheffield", 53.381, -1.470, 6.5),
    Place("York", 53.960, -1.087, 7),
    Place("Middlesbrough", 54.574, -1.235, 7),
    Place("Truro", 50.263, -5.051, 6.5),
    Place("Canterbury", 51.280, 1.079, 6.5),
    Place("Lincoln", 53.231, -0.541, 7),
    Place("Shrewsbury", 52.708, -2.754, 7),
    Place("Leicester", 52.637, -1.132, 7.5),
    Place("Ipswich", 52.057, 1.148, 7),
    Place("Gloucester", 51.865, -2.245, 7),
    Place("Bournemouth", 50.720, -1.880, 7.5),
    Place("Kendal", 54.328, -2.746, 7),
    Place("Hereford", 52.056, -2.716, 7.5),
    Place("Peterborough", 52.573, -0.241, 7.5),
    Place("Preston", 53.763, -2.703, 7.5),
    Place("Stoke-on-Trent", 53.003, -2.180, 7.5),
    Place("Derby", 52.922, -1.475, 8),
    Place("Bradford", 53.795, -1.759, 8.5),
    Place("Coventry", 52.408, -1.510, 8),
    Place("Sunderland", 54.906, -1.381, 8.5),
    Place("Portsmouth", 50.799, -1.091, 8),
    Place("Reading", 51.455, -0.971, 7.5),
    Place("Swindon", 51.556, -1.780, 8),
    Place("Northampton", 52.240, -0.902, 8),
    Place("Milton Keynes", 52.041, -0.759, 8),
    Place("Luton", 51.879, -0.418, 8.5),
    Place("Colchester", 51.890, 0.903, 8),
    Place("Southend", 51.538, 0.714, 8.5),
    Place("Maidstone", 51.272, 0.529, 8),
    Place("Wolverhampton", 52.587, -2.128, 8.5),
    Place("Bath", 51.381, -2.359, 8.5),
    Place("Durham", 54.777, -1.576, 8.5),
    Place("Scarborough", 54.280, -0.404, 8),
    Place("Guildford", 51.236, -0.570, 8.5),
    Place("Croydon", 51.376, -0.098, 9.5),
    Place("Harrow", 51.580, -0.334, 9.5),
    Place("Romford", 51.577, 0.181, 9.5),
    Place("Kingston", 51.412, -0.300, 9.5),
    Place("Enfield", 51.653, -0.080, 9.5),
    Place("Bromley", 51.406, 0.015, 10),
    Place("Stratford", 51.541, -0.003, 10),
    Place("Brixton", 51.462, -0.115, 10),
    Place("Ealing", 51.513, -0.305, 10),
)
