"""The opinion of a language model, held against a stand-in that speaks its protocol."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import BadQuestion, PublisherUnreachable
from refresh.publications.classifier import classify
from refresh.publications.manifest import ManifestColumn, TableOf
from refresh.publications.opinion import KEY, MODEL, URL, opinion_asked
from tests.refresh.publisher import Publisher, Reply

SOURCE = TableOf(
    code="a", name="Waits", table="tbl_a", columns=[ManifestColumn(name="org", original_name="Org")]
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], list[dict]]]:
    """Sets what the model answers; gives the questions that it was asked."""
    asked: list[dict] = []
    with Publisher(tmp_path) as publisher:
        monkeypatch.setenv(URL, f"{publisher.url}/v1")
        monkeypatch.setenv(MODEL, "small")
        monkeypatch.setenv(KEY, "k")

        def answers(content: str) -> list[dict]:
            def reply(method: str, path: str, body: bytes) -> Reply:
                asked.append({"path": path, **json.loads(body)})
                told = {"choices": [{"message": {"role": "assistant", "content": content}}]}
                return Reply(200, json.dumps(told).encode())

            publisher.answer("/v1/chat/completions", reply)
            return asked

        yield answers


def test_nobody_is_asked_unless_somebody_says_whom(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(URL, raising=False)
    assert opinion_asked() is None


def test_an_opinion_fills_in_where_the_rules_say_nothing(model):
    asked = model('{"pattern": "cumulative_ytd", "confidence": 0.9, "reason": "adds up"}')
    signal = opinion_asked()(SOURCE, "Waiting times")
    judged = classify(SOURCE, opinion=signal)
    assert (judged.pattern, judged.band, judged.reason) == ("cumulative_ytd", "review", "adds up")
    (question,) = asked
    assert (question["path"], question["model"]) == ("/v1/chat/completions", "small")
    told = json.loads(question["messages"][1]["content"])
    assert told["publication"] == "Waiting times" and told["columns"][0]["name"] == "Org"


@pytest.mark.parametrize(
    "content",
    [
        "no idea",
        "{}",
        '{"pattern": "guess", "confidence": 1}',
        '{"pattern": "unknown", "confidence": 7}',
    ],
)
def test_an_answer_that_is_none_is_refused(model, content: str):
    model(content)
    with pytest.raises(BadQuestion, match="of no use"):
        opinion_asked()(SOURCE, "")


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(URL, "http://127.0.0.1:9/v1")
    with pytest.raises(PublisherUnreachable, match="holds without one"):
        opinion_asked()(SOURCE, "")
