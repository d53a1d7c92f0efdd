"""The fused CPU engine: forward, loss, backward and update block by block, in threads of its own.

engine.py        what it takes, its session and its drawer
layout.py        where a network's numbers lie, as the kernels want them
pool.py          the threads, and the order in which shards are summed
sharing.py       calls shared among threads that are kept
hash_grid.py     the session's part for hash grids
hash_grid_op.py  the grid's look-up for PyTorch, as one operation
times.py         where the time went
drawer.py        The CPU engine's drawer, and where its kernels find a field's tensors
"""
