"""A fit in progress.

run.py          a run: started or resumed, a stream of events
loop.py         from step to step
state.py        all that resuming needs
parts.py        what it works with: subject, state, engine, folder
machinery.py    what an engine is asked for
pace.py         how many steps fit into the time given
sampling.py     which pixels a step takes
reports.py      how it goes, in numbers
events.py       what it says
first_frame.py  the first frame of a photograph, before PyTorch is imported
guard.py        whether plain interpolation would have been better
lessons.py      what is learned when the steps are done
profile.py      where the time went
"""
