"""Pictures: an array with its meaning, read from files and written to them without loss of meaning.

    picture.py         a picture as an array; fitted values, two tones
    kind.py            whether a picture is a drawing
    tiles.py           tiles of it, where looking at all would take too long
    footprints.py      what a pixel is of its page: averaged, blurred, filtered, sampled, coded
    noise.py           how strong a drawing's noise is
    jpeg_steps.py      what a JPEG rounds, by name and by a file's tables
    jpeg_traces.py     of which quality the JPEG was that pixels came from
    colour.py          what the numbers mean: model, alpha, depth, ICC profile, HDR log curve
    coding.py          primaries and transfer curve, where no ICC profile says them
    flats.py           colours that a picture has exactly, over areas, kept when it is drawn
    window.py          where data stand in an EXR's display window
    srgb.py            the transfer curve of sRGB
    alpha.py           colours that are multiplied by it, and straight ones
    resizing.py        a picture at another size
    scaling.py         less of a picture, where there is too little time for all of it
    resampling.py      planes made larger or smaller
    quantising.py      whole numbers of a depth
    bundled.py         the pictures that come with redraw
    limits.py          the size of picture that is taken without asking
    wanted.py          which page, layer or part of a file is asked for
    inputs.py          what Python programs hold: arrays, tensors, Pillow's pictures, bytes
    recognising.py     what a file is by its first bytes, and what to do with what isn't read
    trouble.py         what a decoder's complaint means: damage, or something not supported
    lengths.py         whether a file ends before it says that it does
    reading.py         files to pictures, by the reader that knows the format
    reading_pillow.py  8-bit pictures, by Pillow
    openimageio.py     16-bit colour and light, by OpenImageIO; samples as values
    reading_png.py     PNG; png_file.py looks at its chunks
    reading_jpeg.py    JPEG; jpeg_file.py looks at its markers
    reading_tiff.py    TIFF; tiff_pages.py finds the picture in it, tiff_values.py what samples mean
    reading_exr.py     EXR; exr_layers.py finds the picture in it
    reading_hdr.py     Radiance HDR
    reading_jp2.py     JPEG 2000
    reading_headers.py BMP, TGA, SGI, QOI, GIF and PCX: what their headers say and Pillow hides;
                       bmp_file.py reads the BMPs that Pillow doesn't, ico_file.py icons,
                       dds_file.py DDS;
                       gif_file.py finds where a GIF's pictures stand
    icc_profile.py     what an ICC profile says of light, for floats
    reading_heif.py    AVIF and HEIC; heif_boxes.py finds what is said of the main picture
    reading_webp.py    WebP
    adobe_rgb.py       Adobe RGB, as EXIF data tell it
    reading_jxl.py     JPEG XL; jxl_header.py reads its first bits
    reading_pnm.py     PBM, PGM, PPM, PAM and PFM
    formats.py         what each format can hold when written
    writing.py         pictures to files
    writing_plan.py    what a format keeps of a picture, decided before anything is written
    writing_sinks.py   where rows go, a sink a library
    writing_png.py     PNG of 1 to 16 bits, strip by strip
    deflating.py       zlib in parts that are packed side by side
    for_others.py      as NumPy, Pillow and Matplotlib take it
    pixel_table.py     pictures as CSV, and back; pixel_header.py reads the first line
    opening.py         what was named, as a picture

Shapes: H rows, W columns, C channels (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha).
"""
