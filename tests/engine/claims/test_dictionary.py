"""The dictionary as MetricFlow's YAML: its own parser and its own rules take it."""

import pytest

from engine.claims.dictionary import metricflow_yaml
from engine.claims.wing import CLAIMS

parsing = pytest.importorskip(
    "dbt_semantic_interfaces.parsing.dir_to_model", reason="dbt-semantic-interfaces is not here"
)


@pytest.fixture(scope="module")
def manifest():
    from dbt_semantic_interfaces.parsing.objects import YamlConfigFile

    file = YamlConfigFile(filepath="claims.yaml", contents=metricflow_yaml())
    return parsing.parse_yaml_files_to_validation_ready_semantic_manifest([file]).semantic_manifest


def test_metricflow_s_own_rules_find_nothing_wrong(manifest):
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import (
        SemanticManifestValidator,
    )

    found = SemanticManifestValidator().validate_semantic_manifest(manifest)
    assert [issue.as_readable_str() for issue in found.errors] == []


def test_every_metric_is_there_with_its_words(manifest):
    said = {metric.name: metric for metric in manifest.metrics}
    for metric in CLAIMS.metrics:
        assert said[metric.name].label == metric.label
        assert said[metric.name].config.meta["owner"] == metric.owner


def test_a_ratio_a_window_and_an_offset_are_what_they_are_here(manifest):
    said = {metric.name: metric for metric in manifest.metrics}
    assert said["pmpm_paid"].type_params.expr.endswith("/ nullif(member_months, 0)")
    window = said["paid_12m"].type_params.cumulative_type_params.window
    assert (window.count, window.granularity) == (12, "month")
    (now, before) = said["paid_yoy"].type_params.metrics
    assert now.offset_window is None and before.alias == "before"
    assert (before.offset_window.count, before.offset_window.granularity) == (1, "year")
