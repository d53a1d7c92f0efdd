"""Starting quickly."""

import gc

import pytest

from redraw.cli.starting import without_collecting


def test_collecting_is_off_meanwhile_and_on_again_even_after_an_error():
    with pytest.raises(KeyError), without_collecting():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_who_had_turned_it_off_keeps_it_off():
    gc.disable()
    try:
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
