"""Where the least and the largest of some numbers stand.

Kernels that call `np.argmin`, `np.argmax`, `np.any`, `np.sum` and their like import SciPy's linear
algebra when their machine code is loaded, as Numba keeps these beside its products of matrices:
.3 s of every command. Hence these.
"""

from redraw.kernels.compiling import inner


@inner
def place_of_least(numbers):
    """The first of them. (n,), n > 0"""
    found = 0
    for i in range(1, len(numbers)):
        if numbers[i] < numbers[found]:
            found = i
    return found


@inner
def place_of_largest(numbers):
    """The first of them. (n,), n > 0"""
    found = 0
    for i in range(1, len(numbers)):
        if numbers[i] > numbers[found]:
            found = i
    return found
