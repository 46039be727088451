"""Signals, standard streams and files: whatever becomes of them, a clear end and no traceback; in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli import cli

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the shell's redirections are POSIX's")

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
NET = "input: 1x8x8\nlayers: [conv 2 k3]\n"


def shell(line: str, folder: Path, **variables: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a line of shell in which `archcalc` is ours."""
    line = f'archcalc() {{ "{sys.executable}" -m archcalc "$@"; }}\n{line}'
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=folder, env=ENV | variables, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("archcalc params lenet5 >&-", 2, "archcalc: standard output is closed\n"),
        ("archcalc --version >&-", 2, "archcalc: standard output is closed\n"),
        ("archcalc params lenet5 >&- 2>&-", 2, ""),
        ("archcalc params lenet5 <&- >&- 2>&-", 2, ""),
        ("archcalc params no_such_net 2>&-", 2, ""),
        ("archcalc params lenet5 >/dev/full", 2, "archcalc: the answer cannot be written: No space left on device\n"),
        ("archcalc params resnet152 >/dev/full", 2, "archcalc: the answer cannot be written: No space left on device\n"),
        ("archcalc --help >/dev/full", 2, "archcalc: the answer cannot be written: No space left on device\n"),
        ("archcalc params no_such_net 2>/dev/full", 2, ""),
        ("archcalc params - <&-", 2, "standard input is closed\n  try: a file, or the name of an example\n"),
        ("archcalc params resnet152 | true; exit ${PIPESTATUS[0]}", 141, ""),
        ("archcalc params resnet152 -f json | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", 141, ""),
        ("archcalc params no_such_net 2>&1 >/dev/null | (exec <&-; sleep 0.5); exit ${PIPESTATUS[0]}", 141, ""),
    ],
)
def test_a_stream_that_is_closed_or_full_is_a_clear_end(tmp_path: Path, line: str, status: int, said: str) -> None:
    """141 where the reader went away, as of any filter; 2 and a sentence where there is a place to say it; never a traceback."""
    if "/dev/full" in line and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    assert shell(line, tmp_path) == (status, "", said)


def test_a_closed_error_stream_does_not_stop_the_answer(tmp_path: Path) -> None:
    """The answer is all there, and no file that is opened is taken for the stream."""
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    assert shell("archcalc params net.yaml 2>&-", tmp_path)[:2] == shell("archcalc params net.yaml", tmp_path)[:2]
    assert (tmp_path / "net.yaml").read_text(encoding="utf-8") == NET


def interruptible(program: str) -> subprocess.CompletedProcess[str]:
    """A program that takes interrupts, even where these tests run in the background of a shell, which ignores them."""

    def heard() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENV, check=False, preexec_fn=heard)


@pytest.mark.parametrize("moment", ["archcalc.cli", "click", "archcalc.text.faults", "archcalc.analysis", "yaml"])
def test_an_interrupt_at_any_moment_is_an_interrupt(moment: str) -> None:
    """Sent while a module is imported: the process ends as by the signal (130 in a shell), and says nothing."""
    program = f"""
import os, sys
class Sender:
    def find_spec(name, path=None, target=None):
        if name == {moment!r}:
            os.kill(os.getpid(), {int(signal.SIGINT)})
sys.meta_path.insert(0, Sender)
from archcalc.__main__ import main
sys.argv = ["archcalc", "params", "lenet5"]
main()
"""
    done = interruptible(program)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_interrupt_before_the_signals_are_taken_says_nothing() -> None:
    """The first line of the program already keeps Python's own traceback away."""
    program = "import archcalc.__main__, os\nos.kill(os.getpid(), 2)\nimport time\ntime.sleep(5)"
    done = interruptible(program)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_an_interrupt_that_the_caller_ignores_is_ignored(tmp_path: Path) -> None:
    """As in the background of a shell."""
    assert shell("trap '' INT; archcalc params lenet5 & kill -INT $!; wait $!", tmp_path)[0] == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8:strict", "utf-16"])
def test_every_encoding_gets_an_answer(tmp_path: Path, encoding: str) -> None:
    """What a stream cannot write is written in plain signs."""
    status, out, err = shell("archcalc explain lenet5 conv2; archcalc params no×such", tmp_path, PYTHONIOENCODING=encoding)
    assert status == 2
    assert "240,000" in out.replace("\x00", "")
    assert "Traceback" not in err
    assert "internal" not in err


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    """The name is shown with its byte made visible, and JSON stays JSON."""
    try:
        with open(os.fsencode(tmp_path) + b"/a\xff.yaml", "w", encoding="utf-8") as file:
            file.write(NET)
    except OSError:
        pytest.skip("this file system takes no such name")
    status, out, err = shell("archcalc params $'a\\xff.yaml'", tmp_path)
    assert (status, err) == (0, "")
    assert out.startswith("a\\udcff: input 1×8×8\n")
    status, out, err = shell("archcalc params $'a\\xff.yaml' -f json", tmp_path)
    assert json.loads(out)["totals"]["params"] == 20
    status, out, err = shell("archcalc params $'b\\xff.yaml'", tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("no file and no example is called 'b")


# -- files that are written, and files that are read ------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    """Status and both streams of a command in this process."""
    result = CliRunner().invoke(cli, arguments, prog_name="archcalc")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of our own with a network in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    return tmp_path


def test_what_is_read_is_never_overwritten(here: Path) -> None:
    """By its name, by another road to it, or by a link; the repair works when typed."""
    (here / "link.py").symlink_to("net.yaml")
    (here / "folder").mkdir()
    for name in ("net.yaml", "./net.yaml", "folder/../net.yaml", "link.py"):
        status, out, err = run("export", "net.yaml", "-o", name)
        assert (status, out) == (2, "")
        assert err.startswith(f"{name} is what is read: it would be overwritten\n  try: -o ")
        assert (here / "net.yaml").read_text(encoding="utf-8") == NET
    status, _, err = run("export", "net.yaml", "-o", "net.yaml")
    assert err.endswith("-o net_2.yaml\n")
    assert run("export", "net.yaml", "-o", "net_2.yaml") == (0, "", "")


def test_a_link_is_not_followed(here: Path) -> None:
    """Neither to a file that is there nor to one that is not; what it leads to is named, and can be typed."""
    (here / "precious").write_text("mine", encoding="utf-8")
    (here / "link.py").symlink_to(here / "precious")
    (here / "dangling.py").symlink_to(here / "nothing")
    assert run("export", "net.yaml", "-o", "link.py") == (
        2,
        "",
        f"link.py is a link, and links are not followed\n  try: -o {here.resolve()}/precious\n",
    )
    assert run("export", "net.yaml", "-o", "dangling.py")[0] == 2
    assert (here / "precious").read_text(encoding="utf-8") == "mine"
    assert not (here / "nothing").exists()


def test_a_dash_is_standard_output(here: Path) -> None:
    """As everywhere; no file of that name is made."""
    plain = run("export", "net.yaml")
    assert plain[1].startswith('"""net: input 1×8×8')
    assert run("export", "net.yaml", "-o", "-") == plain
    assert sorted(p.name for p in here.iterdir()) == ["net.yaml"]


def test_a_file_is_whole_or_as_it_was(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written beside and renamed: mode kept, nothing left over, and a failure leaves what was there."""
    (here / "out.py").write_text("old", encoding="utf-8")
    (here / "out.py").chmod(0o640)
    status, _, err = run("export", "net.yaml", "-o", "out.py")
    assert (status, err) == (2, "out.py is there already\n  try: -o out_2.py, or -o out.py --force\n")
    assert (here / "out.py").read_text(encoding="utf-8") == "old"
    assert run("export", "net.yaml", "-o", "out.py", "--force") == (0, "", "")
    assert (here / "out.py").read_text(encoding="utf-8") == run("export", "net.yaml")[1]
    assert (here / "out.py").stat().st_mode & 0o777 == 0o640
    old = (here / "out.py").read_text(encoding="utf-8")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    status, _, err = run("export", "net.yaml", "-o", "out.py", "--force")
    assert (status, err.split("\n")[0]) == (2, "out.py: No space left on device")
    assert (here / "out.py").read_text(encoding="utf-8") == old
    assert sorted(p.name for p in here.iterdir()) == ["net.yaml", "out.py"]


@pytest.mark.parametrize("target", ["nowhere/out.py", ".", "a\0b"])
def test_a_place_that_cannot_be_written_to(here: Path, target: str) -> None:
    """One line that names it, and what to type instead."""
    status, out, err = run("export", "net.yaml", "-o", target)
    assert (status, out) == (2, "")
    assert "\n  try: -o in a folder that can be written to" in err


def test_a_device_is_written_to_as_it_is(here: Path) -> None:
    """Nothing is renamed over /dev/null."""
    if not os.path.exists("/dev/null"):
        pytest.skip("there is no /dev/null here")
    assert run("export", "net.yaml", "-o", "/dev/null") == (0, "", "")
    assert not os.path.isfile("/dev/null")


def test_a_file_named_as_an_example_is_asked_about(here: Path) -> None:
    """Neither wins in silence, and both repairs work."""
    (here / "lenet5").write_text(NET, encoding="utf-8")
    status, out, err = run("params", "lenet5")
    assert (status, out) == (2, "")
    assert err == (
        "'lenet5' is a file here, and an example\n"
        "  try: ./lenet5 for the file, or `archcalc examples lenet5 | archcalc params -` for the example\n"
    )
    assert "20" in run("params", "./lenet5")[1]
    assert run("examples", "lenet5")[1] == (ROOT / "examples" / "lenet5.yaml").read_text(encoding="utf-8")
    assert "\nlenet5  " in run("examples")[1].replace("                       ", "  ")


def test_a_folder_named_as_an_example_is_in_nobodys_way(here: Path) -> None:
    """A folder is no network, so the example is meant; another folder is refused with the networks in it."""
    (here / "alexnet").mkdir()
    assert "61,100,840" in run("params", "alexnet")[1]
    (here / "nets").mkdir()
    assert run("params", "nets")[2] == "nets is a folder, not a network\n  try: the name of a file in it\n"
    (here / "nets" / "one.yaml").write_text(NET, encoding="utf-8")
    (here / "nets" / "notes.pdf").write_text("", encoding="utf-8")
    assert run("params", "nets")[2].endswith("  try: nets/one.yaml\n")
    assert run("params", "nets/one.yaml")[0] == 0
