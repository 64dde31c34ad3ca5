"""The press: from the chapters in ``book/`` to executed notebooks and pages."""
