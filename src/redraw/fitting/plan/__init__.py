"""What a fit will do, decided before it begins, and without PyTorch.

planning.py   options, environment, file and preset to one configuration
config.py     the configuration of a run, to JSON and back
settings.py   names and values of `--set`, and their check
preset.py     what a preset is; how well it suits a signal
presets.py    the table of presets, and which is taken when none is asked for
chosen_presets.py  presets that are taken for a purpose: compared, raced, traced
budget.py     sizes from a budget of parameters
auto_size.py  sizes from a quality
halves.py     whether a preset suits a signal in doubt, tried at half its size
memory.py     what a fit would take of it
dense.py      what a preset says of dense pages
clock.py      seconds on the wall, for a fit that has so many
schedule.py   learning rate, sharpness and when to report
device.py     where a fit runs
"""
