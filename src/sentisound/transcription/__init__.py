"""What is said: a protocol and its engines.

``transcriber`` is the protocol, ``registry`` finds an engine by its name: ``sphinx`` and ``whisper`` work on this
machine, ``remote`` sends the sound away.
"""
