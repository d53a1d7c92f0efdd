"""One file a command; what several share lies beside this folder.

fit.py, resume.py           learn, learn on
render.py, predict.py       draw; answer
quantize.py, convert.py     a network as a small file in whole numbers; between kinds of files
trace.py                    a picture to paths in one go
export.py                   for others, who have no redraw
studio.py                   in a browser
info.py, diff.py            what it is; how two differ
compare.py, tune.py         several fits beside one another
timelapse.py, plot.py       how it was learned
examples.py, presets.py     what comes along
csv.py                      pixels as a table, and back
"""
