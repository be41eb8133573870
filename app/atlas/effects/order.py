"""The order of the effects in one flush: what runs before what, and why. Nothing else says it.

Shiny runs effects from the highest to the lowest and, of the same, in the order in which they were
woken. A message goes to the browser as it is sent, so whatever is wanted sooner stands higher.
"""

from enum import IntEnum


class Order(IntEnum):
    """When an effect has its turn. Effects that only answer an event keep Shiny's own, 0."""

    # What is asked, before anything is answered.
    PIN = 300  # which snapshot the link is pinned to: every question is asked of it
    LINK = 200  # what the link says that is no input, so that the first answer is already its own
    QUESTION = 100  # the inputs become one View, whatever changed of them
    NEW_SNAPSHOT = 90  # its indicators are offered once the question is settled against it
    RESET = 50  # what a new question undoes or selects, before anything draws with it

    # What the reader looks at first.
    MAP = 10  # people wait for the map; all else is drawn while the browser paints it
    MAP_VIEW = 9  # where the map looks, once it has what to look at
    SECOND_MAP = 8  # it follows the first: its cast may be the same
    CONTROLS = 4  # what is offered, from the View alone
    LEGEND = 3  # its ticks say what the map shows, so that they come right behind it
    HEADLINE = 2  # title and boxes, of the answer that is there already
    TABLE = 1  # the largest piece of HTML, and what else stands beside the map

    WRITTEN = 0  # what was written so far goes to the page, in one message

    # What is below, folded or slow.
    YEARS_APART = -1  # what parts two years stands in a fold of the controls
    TAB = -5  # the open tab asks for more than the answer
    NAMES = -10  # a large message that only tooltips need
    CHART = -11  # its tooltip and list need the names
    LATER = -15  # the menu and the outlines: half a second in a thread, and nobody waits for them
    ADDRESS = -20  # behind all: it says what was settled above
