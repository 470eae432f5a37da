"""The learning wing: from labelled corpora to a bundle. It never imports the runtime wing, nor the other way round."""
