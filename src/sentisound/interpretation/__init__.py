"""What an analysis may mean, in sentences: a protocol and its engines.

``interpreter`` is the protocol, ``registry`` finds an engine by its name: ``rules`` works on this machine, ``llm``
asks a language model with the prompt in ``prompt.md`` and trusts no answer that ``answer`` has not checked.
"""
