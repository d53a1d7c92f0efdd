"""What a fit leaves behind.

fitted.py       a field with its picture's meaning: draw, save, load
large_field.py  the field of a picture larger than memory, drawn from its file
loading.py      field files opened, whatever they hold
predicting.py   answers for rows of a table
converting.py   field files between floats and whole numbers
quantising.py   a network as a small file in whole numbers
whole_learning.py  a field's network in few bits, taught to do what the field does
whole_field.py  a fitted field whose network is in whole numbers
run_info.py     what a run folder tells of its run
table_views.py  pictures of what was learned of a table
painter.py      the way to a kind's own painter
painting.py     a field drawn, as the kind of its signal says
"""
