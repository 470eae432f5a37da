"""An analysis comes back from its document as it was, to the digits that the document has."""

from __future__ import annotations

import pytest

from sentisound.history.exchange import import_csv
from sentisound.history.restored import restored
from sentisound.history.store import History
from sentisound.results import Scores, Segment
from sentisound.words import Interpretation, Missing, Statement, Transcript, Word

SCORES = Scores(("neutral", "happy", "sad", "angry"), (0.1, 0.7, 0.1, 0.1))


def test_everything_comes_back(heard):
    words = (Word("good", 0.3, 0.6, 0.9), Word("morning", 0.6, 1.0))
    analysis = heard(
        scores=SCORES,
        segments=(Segment(0.2, 1.5, SCORES), Segment(2.0, 3.25, SCORES)),
        reason="low_confidence",
        timings_s={"decode": 0.002},
        transcript=Transcript("good morning", "fake", "en", "set", words=words, warnings=("a draft",)),
        interpretation=Interpretation((Statement("It sounds glad.", (0, 1)),), "Not sure.", "rules", False),
        missing=(Missing("transcript", "engine_failed", "it broke"),),
    )
    back = restored(analysis.to_json())
    assert back == analysis
    assert back.to_dict() == analysis.to_dict()


def test_a_document_from_before_anything_could_be_missing_is_read(heard):
    document = heard().to_json().replace('"missing":[],', "")
    assert restored(document).missing == ()


def test_a_row_of_a_table_is_no_whole_analysis(history: History):
    header = "timestamp,filename,predicted_emotion,confidence,top_3_probabilities\r\n"
    import_csv(history, [header, '2024-01-15 14:30:25,a.wav,happy,0.85,"{""happy"": 0.85}"\r\n'])
    (entry,) = history.page().entries
    with pytest.raises(ValueError, match=r"not a whole analysis|probabilities"):
        restored(entry.document)
