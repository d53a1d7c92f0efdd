"""A second reader of coded pictures: the wavelet coefficients of a band."""

from tests.golden.plain_stream import octave


def sign(v):
    return 0 if v == 0 else 1 if v > 0 else 2


class Band:
    """Numbers with zeros all around."""

    def __init__(self, h, w):
        self.h, self.w = h, w
        self.q = [[0] * (w + 8) for _ in range(h + 8)]

    def __call__(self, y, x):
        return self.q[y + 4][x + 4]

    def size(self, y, x):
        return abs(self.q[y + 4][x + 4])

    def cross(self, y, x):
        return self.size(y, x - 1) + self.size(y, x + 1) + self.size(y - 1, x) + self.size(y + 1, x)


def read_band(stream, own, parent, first, second, luma, chroma, level, plane, third):
    c = min(plane, 2)
    here = (min(level, 4) * 3 + c) * 3 + third
    whole = 24 + 10 * bool(parent) + 6 * bool(first) + 6 * bool(second) + 6 * bool(luma)
    share = 64 * 65536 // (whole + 7 * bool(chroma))
    for y in range(own.h):
        for x in range(own.w):
            w, n = own.size(y, x - 1), own.size(y - 1, x)
            nw, ne = own.size(y - 1, x - 1), own.size(y - 1, x + 1)
            ww, nn = own.size(y, x - 2), own.size(y - 2, x)
            nnw, nne = own.size(y - 2, x - 1), own.size(y - 2, x + 1)
            wide = w + ww + own.size(y, x - 3)
            for k in (-3, -2, -1, 0, 1, 2, 3):
                wide += own.size(y - 1, x + k) + own.size(y - 2, x + k) + own.size(y - 3, x + k)
            near = 4 * (w + n) + 2 * (nw + ne) + ww + nn + nne + nnw
            p0 = pn = pw = ps = 0
            if parent:
                i, j = min(y // 2, parent.h - 1), min(x // 2, parent.w - 1)
                dy, dx = (1 if y & 1 else -1), (1 if x & 1 else -1)
                p0, ps = parent.size(i, j), sign(parent(i, j))
                beside = parent.size(i, j + dx) + parent.size(i + dy, j)
                away = parent.size(i, j - dx) + parent.size(i - dy, j)
                corners = sum(parent.size(i + a, j + b) for a in (-1, 1) for b in (-1, 1))
                pn, pw = 4 * p0 + 2 * beside + away, 2 * beside + away + corners
            f0, fc = (first.size(y, x), first.cross(y, x)) if first else (0, 0)
            s0, sc = (second.size(y, x), second.cross(y, x)) if second else (0, 0)
            l0, lc = (luma.size(y, x), luma.cross(y, x)) if luma else (0, 0)
            c0, cc = (chroma.size(y, x), chroma.cross(y, x)) if chroma else (0, 0)
            total = 6 * (w + n) + 3 * (nw + ne) + 2 * (ww + nn) + nne + nnw + pn
            total += 2 * f0 + fc + 2 * s0 + sc + 2 * l0 + lc + 3 * c0 + cc
            t, a = octave(total * share >> 16, 40), octave(4 * near, 23)
            p = octave(4 * pn, 19)
            s = octave((2 * f0 + fc + 2 * s0 + sc) * (4 if second else 8), 19)
            o, d = octave((3 * l0 + lc) * 6, 19), octave((3 * c0 + cc) * 6, 15)
            v, q = octave(8 * wide, 23), octave(4 * pw, 15)
            others = ((min(l0, 3) * 4 + min(f0, 3)) * 4 + min(s0, 3)) * 4 + min(p0, 3)
            contexts = [
                t * 45 + here,
                (a * 20 + p) * 3 + third,
                (((min(w, 4) * 5 + min(n, 4)) * 3 + min(nw, 2)) * 3 + min(ne, 2)) * 9
                + c * 3
                + third,
                ((min(p0, 4) * 16 + q) * 3 + third) * 3 + c,
                (s * 24 + a) * 3 + third,
                (o * 24 + a) * 3 + c,
                v * 45 + here,
                ((min(a // 2, 9) * 8 + min(p // 2, 7)) * 7 + min(s // 2, 6)) * 7 + min(o // 2, 6),
                (d * 16 + min(o, 15)) * 12 + min(a // 2, 11),
                t * 32 + a,
                (((min(ww, 3) * 4 + min(w, 3)) * 4 + min(nn, 3)) * 4 + min(n, 3)) * 3 + third,
                others * 9 + c * 3 + third,
                t * 24 + v,
            ]
            selectors = [here, t, min(a, 15) * 16 + min(p, 15)]
            if total == 0 and wide == 0:
                some = stream.plain(contexts[0])
            else:
                some = stream.mixed(contexts, selectors, t, 0)
            if not some:
                continue
            W, N = sign(own(y, x - 1)), sign(own(y - 1, x))
            F, FR, FB = (
                (sign(first(y, x)), sign(first(y, x + 1)), sign(first(y + 1, x)))
                if first
                else (0, 0, 0)
            )
            S = sign(second(y, x)) if second else 0
            L, LW, LN = (
                (sign(luma(y, x)), sign(luma(y, x - 1)), sign(luma(y - 1, x)))
                if luma
                else (0, 0, 0)
            )
            C = sign(chroma(y, x)) if chroma else 0
            NW, NE = sign(own(y - 1, x - 1)), sign(own(y - 1, x + 1))
            signs = [
                ((W * 3 + N) * 3 + third) * 3 + ps,
                (L * 3 + C) * 9 + c * 3 + third,
                ((NW * 3 + NE) * 9 + W * 3 + N) * 3 + third,
                ((F * 3 + S) * 3 + ps) * 3 + third,
                (((L * 3 + LW) * 9 + W * 3 + LN) * 3 + N) * 3 + c if c else 0,
                (F * 3 + FR) * 27 + FB * 9 + S * 3 + third,
                here * 9 + L * 3 + C,
                (sign(own(y, x - 2)) * 3 + sign(own(y - 2, x))) * 9 + W * 3 + N,
            ] + [0] * 5
            negative = stream.mixed(signs, [here, min(l0, 3) * 9 + c * 3 + third, 0], 0, 15)
            m = 1
            while m < 15 and stream.mixed(contexts, selectors, t, m):
                m += 1
            if m == 15:
                m = min(m + stream.rest(), 1 << 20)
            own.q[y + 4][x + 4] = -m if negative else m
