"""The sale that the kill test drives (kill.yaml): its steps, who serves them, what a key buys, and what the market owns before."""

import random

STEPS = ("escrow", "transfer", "settle", "deliver", "rate")
SERVED_BY = {"escrow": "escrow", "transfer": "transfer", "settle": "escrow", "deliver": "transfer", "rate": "rate"}
AFTER = {"transfer": "escrow", "settle": "transfer", "deliver": "settle", "rate": "settle"}
COMPENSATED = ("escrow", "transfer")  # in the order of their actions
PIVOT = "settle"
RETRIABLE = ("deliver", "rate")
LATE, LATE_PATH, LATE_MS = "rate", "/v1/sales", 20  # answered 202, and by callback when it is done
OPERATIONS = tuple((step, "action") for step in STEPS) + tuple((step, "compensation") for step in COMPENSATED)

PLAYERS, KINDS = 40, 8
MONEY, ITEMS = 100_000, 5_000


def player(number):
    return f"player-{number}"


def kind_of(number):
    """What a player has to sell."""
    return f"sword-{number % KINDS}"


def sale_of(key):
    """The same key buys the same."""
    dice = random.Random(key)
    seller, buyer = dice.sample(range(PLAYERS), 2)
    return {"seller": player(seller), "buyer": player(buyer), "item": kind_of(seller), "quantity": dice.randint(1, 3),
            "price": dice.randint(1, 50)}


def accounts():
    return {player(number): MONEY for number in range(PLAYERS)}


def goods():
    return {(player(number), kind_of(number)): ITEMS for number in range(PLAYERS)}
