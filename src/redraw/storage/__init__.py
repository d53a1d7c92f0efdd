"""Files that must survive: field files, checkpoints and run folders.

about.py         What a field file says beside the parameters
checkpoint.py    A checkpoint: everything that resuming a fit needs, in one file
chunk_names.py   Names of the chunks that mark what a container holds
block_file.py    A large picture as chunks, read block by block
block_parts.py   What stands in its chunks: what blocks mean, tables of their lengths
coded_file.py    A coded picture as chunks
container.py     A file of chunks
drawing_file.py  A coded drawing as chunks
field_file.py    The field file `NAME.redraw`
field_name.py    The name of a field file: any but those of other kinds of files
messages.py      Parts of messages
network_file.py  A network in whole numbers as chunks
picture_file.py  A picture as a tensor file
plain_json.py    JSON that is read strictly and written in one way only
run_config.py    `config.json`
run_files.py     What lies in a run folder
run_folder.py    The run folder: everything about one fit in progress, on the disk
run_lock.py      One process at a time may write to a run folder
run_log.py       The log of a run: one JSON object a line, appended as the fit goes
signal_file.py   The signal in a run folder: what a resume needs, in a file of its kind
spline_file.py   What a field file holds of a pyramid of coefficients
table_file.py    A table as a tensor file
tensor_file.py   Files of named tensors and one JSON header
wrong_kind.py    What a path is that should be a field file, and what to name instead
opening.py       Opening what a field file shows without PyTorch, where its codec can
codecs/          How field files hold fields
"""
