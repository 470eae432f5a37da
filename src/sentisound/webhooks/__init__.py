"""Webhooks: tells other systems that something has ended, signed as Standard Webhooks, until they have heard it.

``mailbox`` keeps endpoints and what is to be sent, ``guard`` refuses addresses that must not be reached, ``post`` signs
and sends one message, ``rounds`` sends what is due.
"""
