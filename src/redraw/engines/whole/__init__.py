"""Networks in whole numbers: made from a trained field, and drawn.

learning.py  A field's network in few bits, taught to do what the field does
drawer.py    Draws one
"""
