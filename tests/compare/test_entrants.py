import pytest

from redraw.compare.entrants import Entrant, Terms, entrants_from
from redraw.errors import UsageError
from redraw.signals.picture.picture import Picture

PICTURE = Picture.from_array([[0.0, 1.0], [1.0, 0.0]])


def names(entrants):
    return [entrant.name for entrant in entrants]


def test_presets_take_part_in_the_order_of_asking():
    assert names(entrants_from(["siren", "hash"])) == ["siren", "hash"]


def test_a_file_of_settings_is_one_entrant_and_one_of_tables_many(tmp_path):
    one, many = tmp_path / "mine.toml", tmp_path / "many.json"
    one.write_text('model = "siren"\nomega = 7\n')
    many.write_text(
        '{"deep": {"model": "relu", "field": {"hidden": [4, 4, 4]}},'
        ' "grid": {"model": "hash", "encoding": {"kind": "fourier"}}}'
    )
    found = entrants_from(["tanh"], [one, many])
    assert names(found) == ["tanh", "mine", "deep", "grid"]
    terms = Terms(steps=3)
    assert found[1].plan(PICTURE, terms, 0).field.omega == 7.0
    assert found[2].plan(PICTURE, terms, 0).field.hidden == (4, 4, 4)
    assert found[3].settings["encoding"] == "fourier"


def test_terms_go_before_what_an_entrant_says_of_its_own(tmp_path):
    file = tmp_path / "long.toml"
    file.write_text('model = "siren"\nseconds = 900\nsteps = 77\npsnr = 3\nseed = 9\nframes = 4\n')
    (entrant,) = entrants_from([], [file])
    plan = entrant.plan(PICTURE, Terms(seconds=2.0, threads=1, engine="reference"), 5)
    assert (plan.stops.seconds, plan.stops.steps, plan.stops.psnr) == (2.0, None, None)
    assert (plan.seed, plan.frames, plan.threads, plan.engine) == (5, 0, 1, "reference")


def test_a_budget_holds_for_all():
    terms = Terms(steps=3, budget="900")
    for entrant in entrants_from(["siren", "tanh"]):
        from redraw.fields.sizes import parameters

        plan = entrant.plan(PICTURE, terms, 0)
        assert 400 < parameters(plan.field) <= 900


@pytest.mark.parametrize(
    ("models", "text", "said"),
    [
        (["sirn"], None, "did you mean 'siren'"),
        (["photo"], None, "accepted: ink, cel, "),
        (["siren", "siren"], None, "'siren' takes part twice"),
        ([], None, "nobody takes part"),
        ([], "", "holds no settings"),
        ([], "[a]\nmodel='siren'\n", None),
        ([], "omega = 3\n[a]\nmodel='siren'\n", "the setting 'omega' that belongs to none"),
        ([], "[wide]\nmodel = 'sirenn'\n", "wide in "),
        ([], "model = \n", "can't be parsed"),
    ],
)
def test_who_takes_part_is_refused_with_a_way_on(tmp_path, models, text, said):
    files = []
    if text is not None:
        files = [tmp_path / "file.toml"]
        files[0].write_text(text)
    if said is None:
        assert entrants_from(models, files)
        return
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        entrants_from(models, files)


def test_a_bad_setting_names_the_entrant_and_its_file():
    entrant = Entrant("wide", {"model": "siren", "omga": 3}, "my.toml")
    with pytest.raises(UsageError, match=r"^wide in my\.toml: unknown setting 'omga'; did you"):
        entrant.plan(PICTURE, Terms(steps=3), 0)


@pytest.mark.parametrize(
    "terms", [{}, {"seconds": 1.0, "steps": 3}, {"steps": 3, "seeds": 0}, {"steps": 3, "seeds": -1}]
)
def test_impossible_terms_are_refused(terms):
    with pytest.raises(UsageError, match="accepted"):
        Terms(**terms)
