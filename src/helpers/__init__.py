"""The library behind the chapters of China ETF Atlas.

One module per idea. Data flows downwards: ``tables`` and ``sources`` feed the methods, the methods feed ``scoreboard``
and ``figures``, and ``execute`` and ``render`` turn chapters into pages.
"""
