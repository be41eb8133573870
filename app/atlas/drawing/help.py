"""The help beside each control, and the field's words explained: one dictionary for every page.

Pure: names in, tags out. How a button opens its words: app/draw/help_button.py.
"""

from htmltools import Tag, TagChild, tags

from app.draw import help_button
from app.draw.help_button import Help

WORDS = {
    "Denominator": "Patients eligible for an indicator. The publisher has taken off those with a"
    " personalised care adjustment already.",
    "ICB": "Integrated care board: plans and pays for care in an area of one to three million"
    " people. Before July 2022 its place was taken by an STP.",
    "IMD": "Index of Multiple Deprivation: a score of how deprived a small area is. A practice has"
    " the mean of its patients' areas, not the score of its own street.",
    "PCA": "Personalised care adjustment: a patient is left out of an indicator for a stated"
    " reason, such as declining. Called an exception before 2019-20.",
    "PCN": "Primary care network: practices that work together for 30,000 to 50,000 patients."
    " Practices that belong to none are not shown at this level.",
    "Percentile": "The share of organisations, per hundred, that have a lower value.",
    "Prevalence": "Patients on a disease register, per hundred on the list of its age band.",
    "QOF": "Quality and Outcomes Framework: the voluntary scheme that pays practices in England"
    " for achieving indicators of care.",
    "Register": "The practice's list of its patients with a diagnosis.",
    "Sub-ICB location": "A part of an ICB; a CCG before July 2022.",
    "Uncertain band": "Marked ±, and on the map with a lighter middle: the interval reaches into"
    " another band, so chance alone may have put it in this one.",
    "Wilson interval": "The range in which the share would lie 95 times in 100 if chance alone"
    " moved it. Wide where patients are few.",
}


HELP = {
    "indicator": Help(
        "indicators",
        "What is measured: type a condition, a code or a word of its description. “Last”"
        " marks those that newer years no longer have, “loaded to” those whose newer years are not"
        " here.",
        ("QOF", "Register"),
    ),
    "year": Help(
        "QOF years",
        "A year of QOF runs from April to March. Lists are counted on about 1 April after it.",
    ),
    "measure": Help(
        "what is counted",
        "“Of patients eligible” leaves patients with a PCA out; “of all on the register” keeps"
        " them in, which is fairer between practices that use PCAs differently.",
        ("PCA", "Denominator", "Prevalence"),
    ),
    "level": Help(
        "organisations",
        "What a dot and a row of the table stand for. Figures of a group are a sum over a sum.",
        ("PCN", "Sub-ICB location", "ICB"),
    ),
    "area": Help(
        "places",
        "Shows the organisations of one region, board or sub-ICB location, or of a group of your"
        " own. A second click on a dot, or Enter, opens what is in it.",
    ),
    "bands": Help(
        "edges",
        "Where one colour ends and the next begins. Move the lines over the histogram, by mouse or"
        " arrow keys, for edges of your own; ticks say which bands are shown.",
        ("Uncertain band", "Wilson interval"),
    ),
    "shapes": Help(
        "shapes",
        "Gives each band a shape beside its colour: from a triangle that points down, over a bar, a"
        " disc and a plus, to one that points up. Areas are hatched, closer the higher the band. On"
        " by itself where your system asks for more contrast, and in print.",
        ("Uncertain band",),
    ),
    "keep": Help(
        "filters",
        "Shows only organisations of a kind, so that like is seen beside like. England's figure"
        " stays that of all.",
        ("IMD",),
    ),
    "colour": Help(
        "colours",
        "Colours the dots by what surrounds a practice, in fifths, in place of its achievement."
        " The table has the words.",
        ("IMD", "Percentile"),
    ),
    "size": Help("sizes", "A larger dot is a larger number. As usual: by patients on the list."),
    "against": Help(
        "other years",
        "A second map for another year, or one map of the change. Years between which the"
        " definition changed are marked as not comparable.",
    ),
    "geography": Help(
        "who belonged where",
        "As published: the networks and boards of the year itself, as NHS England's totals have"
        " them. Today's: the newest ones for every year, so that years can be compared.",
        ("PCN", "ICB"),
    ),
    "table": Help(
        "rows and marks",
        "Under each value is its interval; the bar shows it too. “few” marks fewer than 10"
        " patients: chance alone can move the value a long way.",
        ("Wilson interval", "Uncertain band", "PCA"),
    ),
}


def helped(name: str, *control: TagChild) -> Tag:
    """A control with its help: a button that opens the words, for mouse, keyboard and touch."""
    return tags.div(*control, *button(name), class_="helped")


def button(name: str) -> tuple[Tag, Tag]:
    """The "?" of a control and the words that it opens."""
    return help_button.button(name, HELP[name], glossary=WORDS)
