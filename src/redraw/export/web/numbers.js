// Short names for what is asked of numbers everywhere: a page holds each of them once.

export const { abs, ceil, exp, floor, max, min, round, sqrt } = Math;

/** A value, held within two others. */
export const inside = (value, low = 0, high = 1) => min(max(value, low), high);
