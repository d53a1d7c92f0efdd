"""What lies in a studio's folder, together with what is known here of it."""

from typing import Any

from redraw.errors import PictureError, RunError, UsageError
from redraw.signals.kinds import is_raster
from redraw.storage.run_lock import is_held
from redraw.studio.desk import Desk


class Shelf:
    """The folder as pages see it and change it.

    Args:
        desk: The studio.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def original(self, name: str) -> tuple[str, int | None]:
        """Where the picture of a fit is, and to which side it is shrunk.

        Raises:
            RedrawError: there is none.
        """
        fit = self.desk.fits.get(name)
        kind = fit.facts.get("signal", "picture") if fit else "picture"
        if not is_raster(kind):
            raise PictureError(f"{name} learns a {kind}; there is no picture of it")
        try:
            kept = self.desk.library.run(name) / "picture.safetensors"
            if kept.exists():
                return str(kept), None
        except RunError:
            pass
        asked = self.desk.known(name).asked
        return str(self.desk.library.picture(asked.get("picture") or "")), asked.get("max_side")

    async def listed(self) -> dict[str, Any]:
        """What lies in the folder; of fits that are known here their state here."""
        found = await self.desk.drawing.ask("list_folder", folder=str(self.desk.library.folder))
        for run in found["runs"]:
            if (fit := self.desk.fits.get(run["name"])) and (fit.live or fit.state == "queued"):
                run["state"] = fit.state
        return found

    def delete(self, what: str, name: str) -> None:
        """Remove something from the folder: see `Library.delete`.

        Raises:
            RedrawError: there is none, or it is at work.
        """
        if what == "fit":
            self._refuse_at_work(name)
        self.desk.library.delete(what, name)
        if what == "fit":
            self.desk.fits.pop(name, None)
            self.desk.snapshots.forget(name)
        self.desk.changed()

    def rename(self, name: str, wanted: str) -> str:
        """Give a fit that is not at work another name; which it is.

        Raises:
            RedrawError: that can't be done.
        """
        self._refuse_at_work(name)
        fit = self.desk.fits.get(name)
        new = self.desk.library.rename(name, wanted, set(self.desk.fits))
        if fit and new != name:
            del self.desk.fits[name]
            fit.name, fit.race = new, []
            fit.version += 1
            self.desk.fits[new] = fit
            self.desk.snapshots.forget(name)
            self.desk.changed()
        return new

    def _refuse_at_work(self, name: str) -> None:
        """Raises UsageError where a fit is at work, here or in another process."""
        fit = self.desk.fits.get(name)
        if fit and (fit.live or fit.state == "queued"):
            raise UsageError(f"{name} is at work; stop it first")
        if is_held(self.desk.library.run(name) / "lock"):
            raise UsageError(f"{name} is at work in another process; stop it there first")
