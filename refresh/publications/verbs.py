"""The verbs of publications on the command line, one line each; what a verb does lies elsewhere."""

from refresh.publications import alert_verbs as alerting
from refresh.publications import compare_verbs as comparing
from refresh.publications import draft_verbs as drafting
from refresh.publications import evidence_verbs as evidence
from refresh.publications import keeping_verbs as keeping
from refresh.publications import registry_verbs as registry
from refresh.publications import telling_verbs as telling
from refresh.wing import Verb

VERBS: tuple[Verb, ...] = (
    Verb(
        "load",
        "load the files of a manifest",
        telling.with_lineage(registry.load),
        registry.load_options,
    ),
    Verb("register", "register a source", registry.register, registry.register_options),
    Verb("deprecate", "say that a source goes", registry.deprecate, registry.deprecate_options),
    Verb("archive", "take a source out of the lake", registry.archive, registry.archive_options),
    Verb("requests", "changes that wait for a yes", registry.requests, registry.requests_options),
    Verb("approve", "say yes to a change", registry.approve, registry.answer_options),
    Verb("reject", "say no to a change", registry.reject, registry.answer_options),
    Verb("orphans", "what belongs to nobody", registry.orphans, registry.execute_options),
    Verb("retention", "periods kept too long", keeping.retention, keeping.retention_options),
    Verb("list", "the registry", registry.list_sources, registry.list_options),
    Verb("history", "every load of a source", registry.history, registry.history_options),
    Verb(
        "discover",
        "a draft manifest of a publication's page",
        evidence.discover,
        evidence.discover_options,
        instead=evidence.is_of_a_page,
    ),
    Verb("alerts", "what needs somebody", alerting.alerts, alerting.alerts_options),
    Verb("compare", "what differs between releases", comparing.compare, comparing.compare_options),
    Verb("suggest", "load modes, and why", evidence.suggest, evidence.suggest_options),
    Verb("golden", "load golden datasets again", evidence.golden, evidence.golden_options),
    Verb("metric", "the values of metrics", telling.metric, telling.metric_options),
    Verb("page", "a load as a page", telling.page, telling.page_options),
    Verb("lineage", "a load as OpenLineage event", telling.lineage, telling.lineage_options),
    Verb("describe", "a manifest in others' words", telling.describe, telling.describe_options),
    Verb(
        "maintain",
        "sweep, check and report, as is due every week, month or quarter",
        keeping.maintain,
        keeping.maintain_options,
        instead=keeping.is_scheduled,
    ),
    Verb(
        "evidence",
        "measure the eight goals, report them, set targets",
        keeping.evidence,
        keeping.evidence_options,
    ),
    Verb("schedule", "entries for schedulers", keeping.schedule, keeping.schedule_options),
    Verb("manifest", "draft and check manifests", drafting.manifest, drafting.manifest_options),
)
