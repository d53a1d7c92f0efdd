"""Tables and functions: rows of inputs with what they lead to.

    table.py        a table as a signal: inputs, targets, which rows are held out
    columns.py      what a column holds, and how it is scaled: the schema
    cells.py        text to numbers, missing values, names of columns
    making.py       a table from columns: which are inputs, which targets, which rows count
    reading.py      files to tables: JSON, Parquet and workbooks
    contents.py     which kind of table a file holds, whatever its ending
    delimited.py    CSV and its kin
    writing.py      answers to CSV
    function.py     a written-down function over a domain, as a table
    expressions.py  formulas, read without eval
    examples.py     functions that come along
    frames.py       dicts and data frames to tables
    opening.py      What was named, as a table

Shapes: N rows, D inputs, C targets.
"""
