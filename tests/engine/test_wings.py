"""The registry: what wings declare, by name, and what happens where two declare the same."""

import pytest

from engine.atlas.metrics.qof_measures import NET
from engine.atlas.tables.qof_contracts import PREVALENCE
from engine.errors import BadDeclaration, UnknownName
from engine.wings import METRICS, TABLES, WINGS, by_name, metric, table


def test_every_table_and_metric_of_every_wing_is_known_by_its_name():
    for wing in WINGS:
        assert all(TABLES[one.name] is one for one in wing.tables)
        assert all(METRICS[one.name] is one for one in wing.metrics)


def test_what_nobody_declared_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownName, match=r"no metric is called `nett`[^$]*expected: net, pri"):
        metric("nett")
    with pytest.raises(UnknownName, match=r"no table is called `claim`[^$]*prevalence"):
        table("claim")


def test_two_wings_cannot_declare_one_name():
    twice = [("atlas", PREVALENCE), ("other", PREVALENCE.staged)]
    with pytest.raises(BadDeclaration, match="two tables are called `prevalence`") as refused:
        by_name("table", twice)
    assert refused.value.found == "in atlas and in other"


def test_one_declaration_may_be_named_by_two():
    assert by_name("metric", [("atlas", NET), ("other", NET)]) == {"net": NET}
