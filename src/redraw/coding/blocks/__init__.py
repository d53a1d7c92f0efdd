"""Large pictures in blocks that are read alone.

layout.py   where the blocks are, and how finely each band is quantised
block.py    one block as bytes, and back
windows.py  a level of the wavelet in windows: parts of the picture come out the same
mosaic.py   a picture in blocks, read where it is asked: any window of any level
"""
