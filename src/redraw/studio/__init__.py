"""A web page on this machine, on which pictures are seen being learned.

    serving.py      addresses, the token, connections; guard.py decides who may talk
    web.py          the addresses; folder_pages.py, fit_pages.py and drawing_pages.py what each
                    takes and gives, answers.py what several give, requests.py what they may be
                    asked with; live.py tells pages what happens
    desk.py         the queue and the fits, fit.py what is known about one; jobs.py what is asked
                    of the process of the fits; library.py the folder, album.py its pictures,
                    shelf.py all of it with what is known here; snapshots.py the fields that
                    drawings are made of
    processes.py    a process from the server's side, and that of the fits; messages.py what they
                    say; pool.py the lanes of those that draw and read
    fit_worker.py   the process of the fits; preview.py draws their frames, diagram.py a
                    function's
    drawing_worker.py  a process that draws tiles and files; pictures.py says how pictures look,
                    asking.py what runs are, named.py what is to be learned,
                    command.py what makes runs again, fit_plan.py what a fit would be,
                    layers.py what each layer draws
    catalogue.py    presets, settings, functions; kinds.py how each kind of signal is shown
    static/         the page: plain ES modules; vendor/ has OpenSeadragon and uPlot

The server itself loads neither PyTorch nor Numba: it answers at once, and nothing that happens to
a fit or a drawing takes it down. Needs the extra `studio`.
"""
