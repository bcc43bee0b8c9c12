"""What a value is that identifies, and what stands for it."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What a value is, the most telling first: what is several things is the first of them.

    Secrets, numbers of cards and values of queries and inputs share the name of their stand-ins:
    one is often the other.
    """

    USER = ("user", "user")
    DEVICE = ("device", "device")
    VISITOR = ("user", "visitor")
    SESSION = ("session", "session")
    PROJECT = ("project", "project")
    FILE = ("file", "file")
    HOST = ("host", "host")
    EMAIL = ("email", "e-mail address")
    PHONE = ("phone", "phone number")
    CARD = ("value", "card number")
    IBAN = ("value", "IBAN")
    EVENT = ("event", "event id")
    ID = ("id", "id")
    REFERENCE = ("id", "reference")
    """What a field of a page's own calls an id, which may be a word."""
    PLACE = ("place", "place")
    SECRET = ("value", "secret")
    """What a field of JSON calls a password, a token or a code."""
    NAME = ("user", "name")
    """What a field calls somebody's name, or a path the folder of somebody."""
    PERSONAL = ("value", "personal detail")
    """What a field calls an address, a birthday, or the number of a passport."""
    INPUT = ("value", "input value")
    QUERY = ("value", "query value")
    BODY = ("body", "body")

    @property
    def stem(self) -> str:
        """Return what its stand-ins are called, before their number."""
        return self.value[0]

    @property
    def noun(self) -> str:
        """Return what one of them is called in a sentence."""
        return self.value[1]

    def counted(self, number: int) -> str:
        """So many of them: `1 user`, `12 query values`."""
        if number == 1:
            return f"1 {self.noun}"
        ending = "es" if self.noun.endswith("s") else "s"
        plural = f"{self.noun[:-1]}ies" if self.noun.endswith("y") else self.noun + ending
        return f"{number:,} {plural}"
