"""How the command line starts, explains itself and fails."""

import errno
import importlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile

import numpy as np
import pytest

from redraw.cli import app as app_module
from redraw.errors import DivergedError, UsageError
from redraw.signals.picture.picture import Picture

COMMANDS = [
    *("fit", "resume", "render", "studio", "info", "diff"),
    *("compare", "tune", "timelapse", "plot", "presets", "csv"),
]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(redraw, arguments):
    shown = redraw(*arguments)
    assert shown.code == 0
    assert not shown.err
    for command in COMMANDS:
        assert f"\n│ {command} " in shown.out
    assert "redraw fit cub" in shown.out


@pytest.mark.parametrize("command", [*COMMANDS, "csv encode", "csv decode"])
def test_every_command_explains_itself_with_an_example_in_80_columns(redraw, command):
    shown = redraw(*command.split(), "--help")
    assert shown.code == 0
    assert f"Usage: redraw {command}" in shown.out
    assert f"    redraw {command.split()[0]}" in shown.out or command == "presets"
    assert max(map(len, shown.out.splitlines())) <= 80


def test_help_loads_nothing_heavy():
    # That makes it quick; how quick, `python -m benchmarks.shell` measures.
    program = (
        "import sys\n"
        "from redraw.cli import main\n"
        "code = main(['--help'])\n"
        "print(code, *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    code, *modules = done.stderr.split()
    assert code == "0"
    heavy = {"torch", "numba", "numpy", "PIL", "matplotlib", "safetensors"} & set(modules)
    assert not heavy, culprits()


def culprits() -> str:
    """What `--help` spends its time importing."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "redraw", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.count("|") == 2]
    by_time = sorted(lines[1:], key=lambda line: -int(line.split("|")[1]))
    return "the imports that took longest:\n" + "\n".join(by_time[:25])


def test_version(redraw):
    import redraw as package

    assert redraw("--version").out == f"redraw {package.__version__}\n"
    assert redraw("-V").out == redraw("--version").out


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "redraw", "fti"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("redraw: unknown command")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fti"], 'Did you mean "fit"?'),
        (["fit"], "SIGNAL is missing"),
        (["fit", "cub", "--step", "3"], "Did you mean --steps?"),
        (["fit", "cub", "--modle", "siren"], "Did you mean --model?"),
        (["fit", "cub", "--steps", "many"], "--steps is 'many'; accepted: a whole number"),
        (["fit", "cub", "--steps", "1.5"], "accepted: a whole number"),
        (["fit", "cub", "--seconds", "soon"], "--seconds is 'soon'; accepted: a number"),
        (["fit", "cub", "--steps"], "--steps needs a value"),
        (["resume", "cub.run", "lion"], "'lion' is one argument too many"),
        (["fit", "cub", "--pixel-art", "kep"], 'Did you mean "keep"?'),
        (["render", "cub.redraw"], "OUT is missing"),
        (["csv", "enc", "a", "b"], 'Did you mean "encode"?'),
    ],
)
def test_wrong_usage_is_one_line_with_a_way_on_and_exit_code_2(redraw, arguments, said):
    refused = redraw(*arguments)
    assert refused.code == 2
    assert said in refused.complaint
    assert "--help`" in refused.complaint
    assert not refused.out


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("no such size"), 2), (DivergedError("two\nlines"), 1), (MemoryError(), 1)],
)
def test_errors_on_purpose_are_one_line_and_a_code(redraw, monkeypatch, error, code):
    def failing(*arguments, **options):
        raise error

    monkeypatch.setattr(app_module, "app", failing)
    failed = redraw("fit", "cub")
    assert failed.code == code
    assert failed.complaint in ("no such size", "two lines") or "memory" in failed.complaint


def test_a_bug_is_one_line_and_keeps_its_traceback_in_a_file(redraw, monkeypatch, tmp_path):
    def failing(*arguments, **options):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(app_module, "app", failing)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = redraw("fit", "cub")
    assert result.code == 1
    assert "this is a fault of redraw (ZeroDivisionError: a bug)" in result.err
    (report,) = tmp_path.glob("redraw-fault-*.txt")
    assert str(report) in result.err
    assert 'raise ZeroDivisionError("a bug")' in report.read_text()
    monkeypatch.setenv("REDRAW_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        redraw("fit", "cub")


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_memory_that_ran_out_is_no_fault_of_ours(redraw, monkeypatch, tmp_path, library):
    """A million gigabytes, asked of those who allocate."""

    def failing(*arguments, **options):
        importlib.import_module(library).empty((1 << 50,))

    monkeypatch.setattr(app_module, "app", failing)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = redraw("fit", "cub")
    assert result.code == 1
    assert result.err == "redraw: there is not enough memory for this; try something smaller\n"
    assert list(tmp_path.glob("redraw-fault-*")) == []


@pytest.mark.parametrize("command", ["info", "render", "resume", "diff", "fit"])
def test_a_name_that_no_system_takes_is_no_fault_of_ours(redraw, command):
    name = "y" * 300 + ".redraw"
    arguments = {"render": [name, "a.png"], "diff": [name, name], "fit": [name]}
    result = redraw(command, *arguments.get(command, [name]))
    assert result.code == 1
    assert "fault" not in result.err
    assert "a shorter name" in result.err or "shorten it" in result.err


@pytest.mark.skipif(os.name == "nt", reason="the shell is another")
def test_a_closed_output_is_no_fault(tmp_path):
    """`redraw presets >&-`: there is nowhere to print to."""
    line = f"{shlex.quote(sys.executable)} -m redraw presets >&-"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.usefixtures("quick_children")
@pytest.mark.parametrize("kind", ["exr", "16 bits"])
def test_a_fit_of_what_openimageio_reads_ends_without_a_word(tmp_path, kind):
    """Its library told of leaks as the process ended, where nothing was collected before."""
    pytest.importorskip("OpenImageIO", reason="the extra hdr is not installed")
    values = np.random.default_rng(0).random((12, 16, 3))
    name = "a.exr" if kind == "exr" else "a.tif"
    picture = Picture.from_array(
        values.astype(np.float32) if kind == "exr" else (65535 * values).astype(np.uint16)
    )
    picture.save(tmp_path / name)
    fit = ["fit", name, "--model", "siren", "--set", "hidden=4", "--steps", "2", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "redraw", *fit], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a.redraw").stat().st_size > 0


def test_a_terminal_that_is_gone_is_no_fault_of_ours(redraw, monkeypatch, tmp_path):
    def failing(*arguments, **options):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(app_module, "app", failing)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = redraw("fit", "cub")
    assert (result.code, "fault" in result.err) == (1, False)
    assert list(tmp_path.glob("redraw-fault-*")) == []


def test_what_the_system_refuses_is_no_fault_of_ours(redraw, monkeypatch):
    def failing(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied", "/secret/a.png")

    monkeypatch.setattr(app_module, "app", failing)
    result = redraw("fit", "cub")
    assert result.code == 1
    said = "can't reach /secret/a.png: permission denied; ask for the right to, or name another"
    assert said in result.err


def test_an_interrupt_is_130(redraw, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(app_module, "app", interrupted)
    assert redraw("diff", "a", "b").code == 130


def test_signal_handlers_are_put_back(redraw):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    redraw("fit", "nowhere.png")
    redraw("presets", "--json")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_terminal_without_unicode_gets_question_marks(fitted, child):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    process = child("info", "tiny.redraw", env=ascii_only)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert "8 ? 8" in out


def test_a_reader_who_leaves_early_is_no_error(child):
    with child("presets", "--json") as process:
        process.stdout.close()
        assert process.wait(timeout=600) == 1
        assert process.stderr.read() == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_output_that_finds_no_space_is_one_line(child):
    with open("/dev/full", "w") as full, child("--help", stdout=full) as process:
        assert process.wait(timeout=600) == 1
        assert process.stderr.read().startswith("redraw: can't go on: no space is left")


def test_completion_is_installed_where_the_shell_looks(tmp_path, child):
    home = tmp_path / "home"
    home.mkdir()
    process = child(
        "--install-completion", env={**os.environ, "HOME": str(home), "SHELL": "/bin/bash"}
    )
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    (script,) = (path for path in home.rglob("redraw") if path.is_file())
    assert "--checkpoint-every" in script.read_text()


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("fit", ["--model", "sirn"]),
        ("compare", ["--models", "sirn"]),
        ("tune", ["--model", "sirn"]),
        ("fit", ["--config", "own.toml"]),
        ("compare", ["--config", "own.toml"]),
        ("fit", "REDRAW_MODEL"),
    ],
)
def test_a_wrong_preset_is_refused_before_anything_is_read(
    redraw, command, named, tmp_path, monkeypatch
):
    (tmp_path / "own.toml").write_text('model = "sirn"\n')
    if isinstance(named, str):
        monkeypatch.setenv(named, "sirn")
        named = []
    refused = redraw(command, "no-such-picture.png", *named)
    assert refused.code == 2
    assert "unknown preset 'sirn'; did you mean 'siren'" in refused.complaint


def test_quiet_hushes_notices_until_the_command_ends(redraw, picture, caplog, monkeypatch):
    """Such as that of compiling, which comes from far below."""
    from redraw.fitting.run.run import Run
    from redraw.kernels import compiling

    start = Run.start
    monkeypatch.setattr(compiling, "_said", set())

    def compile_and_start(*arguments, **options):
        compiling.say_once("redraw: compiling")
        return start(*arguments, **options)

    monkeypatch.setattr(Run, "start", compile_and_start)
    tiny = ("fit", picture, "--steps", 2, "--frames", 0, "--set", "hidden=8", "--force")
    for quiet in ("-q", "--quiet"):
        assert redraw(*tiny, quiet).code == 0
        assert not caplog.records
    compiling.say_once("redraw: compiling again")
    assert redraw(*tiny).code == 0
    assert [record.message for record in caplog.records] == ["redraw: compiling again"]


@pytest.mark.parametrize("port", [-1, 65_536, 99_999_999])
def test_a_port_that_can_not_be_is_refused(redraw, port):
    pytest.importorskip("uvicorn", reason="the studio needs the extra of that name")
    refused = redraw("studio", "--no-open", "--port", port)
    assert refused.code == 2
    assert f"--port is {port}; accepted: 0 to 65535" in refused.complaint
