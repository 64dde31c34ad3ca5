"""Where a figure or a table goes: the page of a notebook, or the terminal of a plain Python session."""

from __future__ import annotations

__all__ = ["display"]


def display(item: object) -> None:
    """Show an object in a notebook; print it where there is none.

    Parameters
    ----------
    item : object
        With a representation for notebooks.
    """
    try:
        from IPython.display import display as shown
    except ImportError:  # the library alone, without the book's tools
        print(item)
    else:
        shown(item)
