"""Who may ask: keys, users with passwords, and the tokens that a user gets for one.

``scopes`` says what can be allowed, ``keys``, ``passwords`` and ``tokens`` are the forms of a credential, ``register``
keeps them in the database (hashes only), ``gate`` turns a credential into its owner.
"""
