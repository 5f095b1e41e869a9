"""The market: its players, the sales that they want, what goes wrong, and the books that must balance."""

import random

PLAYERS = 200
MONEY = 2_000                                        # of each player, in the smallest coin
ITEMS = {"sword": 12, "shield": 9, "potion": 30}     # of each player
PARTICIPANTS = ("escrow", "transfer", "rate")

# A few calls in a hundred: they fail after the work is done and taken back, hang past their timeout, are answered late,
# or are worked on twice.
FAULTS = [{"kind": "fail", "rate": 0.03}, {"kind": "hang", "rate": 0.003, "delay_ms": 2500},
          {"kind": "late", "rate": 0.02, "delay_ms": 200}, {"kind": "answer_twice", "rate": 0.02}]

BOOKS = [("escrow", "total", "money in all"), ("escrow", "held", "money held"), ("escrow", "settled", "money paid out"),
         ("transfer", "total", "items in all"), ("transfer", "reserved", "items reserved"),
         ("transfer", "delivered", "items delivered"), ("rate", "sales", "sales rated"),
         ("rate", "value", "value of those sales")]


def player(number):
    return f"player-{number:03}"


def accounts():
    return [{"account": player(n), "balance": MONEY} for n in range(PLAYERS)]


def goods():
    return [{"owner": player(n), "item": item, "quantity": quantity}
            for n in range(PLAYERS) for item, quantity in ITEMS.items()]


def wish(dice):
    """One sale that somebody wants; some want more than there is, or more than they can pay."""
    seller, buyer = dice.sample(range(PLAYERS), 2)
    return {"seller": player(seller), "buyer": player(buyer), "item": dice.choice(list(ITEMS)),
            "quantity": dice.randint(1, 8), "price": dice.randint(20, 260)}


def wishes(seed):
    """Keys and wishes without end; the same seed wants the same."""
    dice = random.Random(seed)
    number = 0
    while True:
        number += 1
        yield f"sale-{number}", wish(dice)


def wrong_in(books, completed):
    """What does not balance, in words, once everything has ended: `completed` are the wishes that came true."""
    value = sum(one["quantity"] * one["price"] for one in completed)
    volume = sum(one["quantity"] for one in completed)
    right = {"money in all": PLAYERS * MONEY, "money held": 0, "money paid out": value,
             "items in all": PLAYERS * sum(ITEMS.values()), "items reserved": 0, "items delivered": volume,
             "sales rated": len(completed), "value of those sales": value}
    return [f"{what}: {books[name][member]:,}, should be {right[what]:,}" for name, member, what in BOOKS
            if books[name][member] != right[what]]
