"""The history: what was analysed and what is to be, in SQLite or PostgreSQL; nothing at all where it is off.

``entry`` says what is kept and asked for, ``store`` keeps it, ``keeper`` lets a server live without it for a while,
``jobs`` is the queue of what is to be analysed, ``folder`` holds the files that belong to rows,
``exchange`` speaks the original systems' CSV. Tables are made and changed by ``migrations`` only.
"""
