"""The papermill engine behind the book: cells in order, gaps as :mod:`helpers.press.straight` makes them."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from helpers.press.straight import LEFT_OUT, Gaps, note

__all__ = ["HELD", "NAME"]

NAME = "straight"
HELD = "etf_atlas_held"  # the notebook's metadata of this key; see helpers.sources.inventory.held
_TABLES = """
import IPython.display
import helpers.sources.inventory
IPython.display.display({"application/json": helpers.sources.inventory.held(globals().values())}, raw=True)
"""


class StraightClient(PapermillNotebookClient):
    """Runs cells one after another; a cell that lacks a table leaves a note, the ones that build on it are left out."""

    def papermill_execute_cells(self) -> None:
        """Execute the notebook's cells."""
        gaps = Gaps()
        for index, cell in enumerate(self.nb.cells):
            try:
                self.nb_man.cell_start(cell, index)
                self._run(cell, index, gaps)
            except CellExecutionError as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                break
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
        else:
            self._note_tables()

    def _note_tables(self) -> None:
        """Keep in the notebook what the chapter's market held; the kernel has read it already."""
        self.nb.cells.append(new_code_cell(_TABLES))
        try:
            asked = self.execute_cell(self.nb.cells[-1], len(self.nb.cells) - 1, store_history=False)
        finally:
            self.nb.cells.pop()
        for output in asked.outputs:
            self.nb.metadata[HELD] = output.get("data", {}).get("application/json")

    def _run(self, cell: Any, index: int, gaps: Gaps) -> None:
        reason = gaps.reason(cell.source) if cell.cell_type == "code" else None
        if reason is None:
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                if error.ename != "MissingTable":
                    raise
                reason = error.evalue
                gaps.begin(cell.source, reason)
                shown = [new_output("display_data", data={"text/markdown": note(reason), "text/plain": reason})]
            else:
                return
        else:
            shown = []
        self._stand_in(cell, index, gaps.stand_in(cell.source, reason))
        cell.outputs = shown
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), *([] if shown else [LEFT_OUT])]

    def _stand_in(self, cell: Any, index: int, source: str) -> None:
        if not source:
            return
        written, cell.source = cell.source, source
        try:
            self.execute_cell(cell, index)
        finally:
            cell.source = written


class StraightEngine(NBClientEngine):
    """papermill's own engine with the client above."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, start_timeout=60, **kwargs):
        """Execute the notebook that ``nb_man`` holds.

        Parameters
        ----------
        nb_man
            Papermill's manager of a notebook.
        kernel_name
            Of the kernel to start.
        start_timeout
            Seconds to wait for it.
        **kwargs
            Options of papermill; those of nbclient are passed on.

        Returns
        -------
        dict
            The message nbclient ends with.
        """
        ours = {"input_path", "log_output", "stdout_file", "stderr_file", "execution_timeout"}
        options = {key: value for key, value in kwargs.items() if key not in ours}
        client = StraightClient(nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, **options)
        return client.execute()


papermill_engines.register(NAME, StraightEngine)
