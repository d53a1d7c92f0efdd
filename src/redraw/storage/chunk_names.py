"""Names of the chunks that mark what a container holds: known without what reads them."""

LARGE = "LP"  # a picture larger than memory: `redraw.storage.block_file`
NETWORK = "NE"  # a network in whole numbers: `redraw.storage.network_file`
