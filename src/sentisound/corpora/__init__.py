"""The corpora: who said what, with which emotion, and which speakers are held out to test on."""
