"""How the coder of exact pixels is told what it works on: constants alone."""

# Columns and rows of zeros, or of the nearest values, around a channel.
BORDER = 3
# What predictions are made of: of the channel itself, and of each of up to two before it.
OWN_TAPS, OTHER_TAPS, OTHERS = 15, 7, 2
TAPS = OWN_TAPS + OTHERS * OTHER_TAPS
# Weights in files are in 1/8192, 16 bits each.
STORED_WEIGHT = 13


def taps_of(channel: int) -> int:
    """How many taps the channel that comes after so many others has."""
    return OWN_TAPS + min(channel, OTHERS) * OTHER_TAPS
