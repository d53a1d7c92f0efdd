"""A field in other people's hands: files that draw it without redraw.

api.py          export a field to a path: the ending decides who writes it
exporter.py     what an exporter is: refuse with a reason, or write; what it is given
registry.py     the table of exporters: endings to them
payload.py      the bytes of a field file, names and texts that are safe in other files
source_code.py  what writers of source code share: arrays, names, limits
html_page.py    .html: one page that is the picture; web/ is its runtime, web/npm builds it
class_map.py    a table of two numbers and their class as a picture
rounding.py     a field's numbers in as few bits as a page's pixels need
frames.py       pictures of how it was learned, for a page that plays them
c_header.py     .c and .h: one C99 header without dependencies; c_regions.py prints labels,
                c_whole.py networks in whole numbers
svg_file.py     .svg: a drawing as paths; vectors/ finds them
pdf_file.py     .pdf: the same on a page
python_file.py  .py: one file that needs NumPy alone
shader.py       .glsl and .wgsl: a function for shaders of others; shader_parts.py its pieces,
                shader_regions.py for labels
onnx_file.py    .onnx: standard operators; onnx_regions.py for labels, onnx_graph.py to add them to
deep_zoom.py    .dzi: a pyramid of tiles
"""
