"""A signal in the hands of a run: samples, quality, frames, what the field file says.

subject.py          the interface
picture_subject.py  a picture
table_subject.py    a table
quality.py          how good a picture is while it learns
sampled_subject.py  Any signal in the hands of a run
"""
