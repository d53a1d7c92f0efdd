"""How much memory a fit takes, before it takes it."""

from redraw.errors import UsageError
from redraw.fields.sizes import parameters
from redraw.fitting.plan.config import RunConfig
from redraw.memory import SHARE, available

# Bytes per parameter of float32: itself, its gradient and that of each part of the work, two
# moments of the optimizer, and the good state that a run goes back to (three of these again).
PER_PARAMETER = 4 * (1 + 8 + 2 + 3)
# Bytes per value of the signal: as samples, and as drawn and compared while it is measured.
PER_VALUE = 16


def needed(config: RunConfig, values: int) -> int:
    """Bytes that a run takes beside the program itself, about.

    Args:
        config: Of the run.
        values: Of the signal.
    """
    wide = 2 if config.precision == "float64" else 1
    return wide * PER_PARAMETER * parameters(config.field) + PER_VALUE * values


def check_memory(config: RunConfig, values: int) -> None:
    """Refuse a fit that can't be held.

    Args:
        config: Of the run.
        values: Of the signal.

    Raises:
        UsageError: it takes more than is free.
    """
    free, wanted = available(), needed(config, values)
    if free is not None and wanted > SHARE * free:
        raise UsageError(
            f"{parameters(config.field):,} parameters and the fit's work would take about"
            f" {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free; take smaller sizes"
        )
