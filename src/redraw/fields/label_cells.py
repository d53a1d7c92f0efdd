"""What configuration, module and exporters of labels have in common: two numbers."""

# Candidates at one place.
MOST_CANDIDATES = 5
# Side of a cell of the lattice of colours, in pixels: an even number.
CELL = 4
