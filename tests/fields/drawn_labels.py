"""Fields of labels with drawn parameters: every number of candidates, single labels, detail."""

import torch

from redraw.fields import Field, FieldConfig
from redraw.fields.label_cells import MOST_CANDIDATES
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig

LABELS = 7


def labelled(
    channels: int, width: int = 23, height: int = 17, *, detailed: bool = True,
    dtype: torch.dtype = torch.float64, seed: int = 4,
) -> Field:  # fmt: skip
    """A field whose pixels have one to five candidates, or one label alone."""
    draw = torch.Generator().manual_seed(seed)
    count = torch.randint(0, MOST_CANDIDATES + 1, (height, width), generator=draw)
    owner = torch.randint(0, LABELS, (height, width), generator=draw).to(torch.uint8)
    owner[count > 0] = NONE
    listed = count[count > 0]
    candidates = torch.full((len(listed), MOST_CANDIDATES), NONE, dtype=torch.uint8)
    for row, many in enumerate(listed.tolist()):
        candidates[row, :many] = torch.randperm(LABELS, generator=draw)[:many].to(torch.uint8)
    sizes = {"width": width, "height": height, "planes": channels, "labels": LABELS}
    probe = Labels(LabelsConfig(**sizes, listed=len(listed)))
    probe.owner, probe.candidates = owner, candidates
    potentials, colours, _ = probe.nodes()
    encoding = LabelsConfig(
        **sizes, listed=len(listed), potentials=len(potentials), colours=len(colours)
    )
    config = FieldConfig(channels, hidden=(), bias=False, encoding=encoding)
    field = Field.build(config, seed=3, dtype=dtype)
    with torch.no_grad():
        own = field.encoding
        own.owner.copy_(owner)
        own.candidates.copy_(candidates)
        own.potentials.normal_(0.0, 0.3, generator=draw)
        own.colours.uniform_(0.0, 1.0, generator=draw)
        own.detail.normal_(0.0, 0.05 if detailed else 0.0, generator=draw)
        field.network.layers[0].weight.copy_(torch.eye(channels) + 0.1)
    return field
