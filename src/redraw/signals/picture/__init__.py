"""Pictures: an array with its meaning, read from files and written to them without loss of meaning.

    picture.py         a picture as an array; fitted values, resizing, two tones
    colour.py          what the numbers mean: model, alpha, depth, ICC profile, HDR log curve
    srgb.py            the transfer curve of sRGB
    resampling.py      made larger or smaller
    quantising.py      whole numbers of a depth
    bundled.py         the pictures that come with redraw
    formats.py         how a file is recognised, and what each format can hold
    limits.py          the size of picture that is taken without asking
    reading.py         files to pictures, by the reader that knows the format
    reading_pillow.py  8-bit pictures, by Pillow
    reading_exact.py   16-bit colour, EXR and HDR, by OpenImageIO
    writing.py         pictures to files
    writing_plan.py    what a format keeps of a picture, decided before anything is written
    writing_sinks.py   where rows go, a sink a library
    writing_png.py     PNG of 1 to 16 bits, strip by strip
    pixel_table.py     pictures as CSV, and back

Shapes: H rows, W columns, C channels (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha).
"""
