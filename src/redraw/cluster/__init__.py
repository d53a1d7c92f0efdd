"""Work on several machines, by Ray: the only room that imports it.

Ray hands tasks to machines that have the cores and the memory, and hands a task of a machine that
is lost to another. No more tasks are under way than keep all cores busy, so that what this process
holds does not grow with the work.

joining.py   joining a cluster, or starting one
pictures.py  the pictures of a batch
fits.py      the entrants of a comparison, the trials of a search
strips.py    the strips of one large picture
"""
