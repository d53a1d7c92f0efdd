"""Presets that are taken for a purpose, where none is named. Names alone: nothing is imported."""

# Compared with each other: of rasters, and of everything else.
COMPARED = ("ink", "hash", "spline", "siren", "finer", "fourier", "tanh")
COMPARED_POINTS = ("table", "siren", "fourier", "tanh", "linear")
# The race on the studio's first page, which a drawing is learned in.
FIRST_RACE = ("ink", "hash", "siren")
# Whose fields have regions with edges, for paths.
WITH_REGIONS = "cel"
# Whose fields are pictures in whole numbers: what fits in strips make, and what fields without a
# network become in whole numbers.
WHOLE_PICTURES = "wavelet"
# That begins from the best linear answer of a budget, and never ends below it.
LINEAR = "spline"
