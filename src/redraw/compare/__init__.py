"""Several fits side by side, under equal terms, and the search for good settings.

api.py            A comparison from the first entrant to the report's numbers
charts.py         Curves of a measure against time or steps, as SVG for a page
entrants.py       Who takes part in a comparison
machine_info.py   Where a comparison ran
page.py           The report of a comparison as one HTML file, which fetches nothing
picture_topic.py  A picture, learned by several networks
picture_views.py  What a report shows of a picture
race.py           Several fits in turns on one machine
report.py         A comparison as files: a page to look at, JSON and CSV to compute with
request.py        What can be refused before PyTorch is loaded
results.py        What a comparison found
sampled_topic.py  Any signal, learned by several networks
space.py          What a search for better settings tries
table_topic.py    A table or function, learned by several networks
topic.py          What a comparison is about
tune.py           A search for better settings, by Optuna
views.py          The pictures of a report, as a page holds them: tiles in strips
"""
