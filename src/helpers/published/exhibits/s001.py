"""Exhibits of S001, the framework of theme index funds."""

from helpers.published.exhibits.exhibit import Exhibit

EXHIBITS: list[Exhibit] = []
