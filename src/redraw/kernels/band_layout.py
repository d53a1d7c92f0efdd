"""How bands of wavelet coefficients lie in one list, and how kernels are told: constants alone."""

# Zeros around each band.
BORDER = 4
# Columns of a band's description: where its first coefficient is, from row to row, height, width.
ORIGIN, STRIDE, ROWS, COLUMNS = range(4)
# Rows of it: the band itself, the next two coarser ones, the level's earlier bands, and the same
# band of the planes before. Height 0: there is none.
OWN, PARENT, GRANDPARENT, FIRST, SECOND, LUMA, CHROMA = range(7)
