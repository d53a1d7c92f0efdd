"""How field files hold fields.

An encoding's configuration names its codec (`EncodingConfig.codec`), which writes such a field and
reads it back. Two kinds of files, told apart by their first bytes: tensor files (versions 1 and 2)
and containers of chunks (version 3), where the chunk that a codec is marked by says which it is.

codec       what every codec answers
table       the table of codecs, `CODECS`
containers  those of containers, by their chunks: the table `CONTAINERS`
tensors     fields as tensor files: plain, and with significance in few bits
wavelet     coded pictures as chunks
wavelet_fields  those as fields
network     networks in whole numbers as chunks
network_fields  those as fields of floats

To add one: a class with these answers, `CODECS.register("name", MyCodec())`, and for a container
`CONTAINERS.register(MyCodec.marker, MyCodec())`.

blocks.py          Pictures larger than memory: blocks that are read where they are asked for
codec.py           What every codec of field files answers
containers.py      Who reads containers, by the chunk that marks what is in them
drawing.py         Coded drawings as chunks: labels, potentials and colours in few bytes
network.py         Networks in whole numbers as chunks (docs/format.md)
network_fields.py  Networks in whole numbers as fields of floats
table.py           The table of codecs: the names that `EncodingConfig.codec` takes
tensors.py         Fields as tensor files
wavelet.py         Coded pictures as chunks: whole numbers in few bytes (docs/format.md)
wavelet_fields.py  Coded pictures as fields, and back
"""
