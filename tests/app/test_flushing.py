"""Who hears of a change: its own reader, and nobody else (app/flushing.py)."""

import json

import pytest

from tests.app.reader import Reader, reading


def heard(reader: Reader, seconds: float) -> list[str]:
    """What comes until nothing has for so long."""
    texts = []
    while True:
        try:
            texts.append(str(reader._socket.recv(timeout=seconds)))
        except TimeoutError:
            return texts


def test_a_change_of_one_reader_is_no_message_to_another(atlas: str):
    with reading(atlas) as one, reading(atlas) as other:
        for reader in (one, other):
            reader.hears("outlines")  # the last of a first page
        heard(other, 1.0)
        one.choose(level="icb")
        one.hears("codes")
        one.is_answered()
        assert heard(other, 0.5) == []


@pytest.mark.parametrize("said", [{"level": "icb"}, {"nobody_listens": 1}])
def test_each_message_of_a_page_is_answered(atlas: str, said: dict[str, object]):
    with reading(atlas) as reader:
        reader.hears("outlines")
        heard(reader, 1.0)
        reader.choose(**said)
        answers = [json.loads(text) for text in heard(reader, 1.0)]
        assert any("values" in answer for answer in answers), "Shiny's page waits for it"
