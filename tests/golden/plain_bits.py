"""Bits out of a range coder, as docs/format.md says them, for the readers of coded files."""


class Bits:
    """Reads bits of given chances. Beyond the end of the data there are zeros."""

    def __init__(self, data):
        self.data, self.at = data, 0
        self.low, self.high, self.code = 0, 0xFFFFFFFF, 0
        for _ in range(4):
            self.code = self.code << 8 | self.byte()

    def byte(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def bit(self, chance):
        middle = self.low + ((self.high - self.low) * chance >> 16)
        bit = self.code <= middle
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while (self.low ^ self.high) >> 24 == 0:
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = (self.high << 8 & 0xFFFFFFFF) | 255
            self.code = (self.code << 8 & 0xFFFFFFFF) | self.byte()
        return int(bit)
