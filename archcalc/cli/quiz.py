"""archcalc quiz: fresh questions with a worked key."""

from __future__ import annotations

import click

from archcalc.cli.options import NET, Built, build_options, formats, give, opened, skip_zeros_option, write

# Written out here, so that --help reads no maker; a test holds them equal.
TOPICS = ("size", "pooling", "params", "backwards", "multiplies", "separable", "recurrent", "transposed", "network")


@click.command("quiz")
@click.option("--seed", type=click.IntRange(0, 10**9), default=1, show_default=True, help="The same seed makes the same quiz.")
@click.option("--level", type=click.Choice(("easy", "medium", "hard")), help="[default: easy; all with a --topic or a --net]")
@click.option("--topic", "topics", type=click.Choice(TOPICS), multiple=True, help="Only questions on this (repeatable).")
@click.option("--count", type=click.IntRange(1, 200), default=5, show_default=True, help="How many questions.")
@click.option("--papers", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many papers, a seed each.")
@click.option("--choices", type=click.IntRange(2, 6), help="Answers to choose from, the wrong ones those of known mistakes.")
@click.option("--net", type=NET, help="Questions on this network instead of single layers.")
@click.option(
    "--bias", type=click.Choice(("with", "without", "both")), default="both", show_default=True, help="Which parameters."
)
@build_options
@skip_zeros_option
@click.option(
    "--key", type=click.Path(dir_okay=False), metavar="FILE", help="Write the key there, for `archcalc grade --questions`."
)
@click.option("--no-key", is_flag=True, help="Leave the answers and their working out.")
@formats("gift", "moodle")
def command(
    seed: int,
    level: str | None,
    topics: tuple[str, ...],
    count: int,
    papers: int,
    choices: int | None,
    net: str | None,
    bias: str,
    built: Built,
    skip_zeros: bool,
    key: str | None,
    no_key: bool,
    format: str,
) -> None:
    """Fresh questions, each with one correct answer, and a key with the working.

    \b
      archcalc quiz --level medium --count 10 --seed 7
      archcalc quiz --papers 300 --choices 4 --format moodle > questions.xml
      archcalc quiz --net my_net.yaml --key key.yaml
      archcalc grade answers.yaml --net my_net.yaml --questions key.yaml

    Papers have the seeds from --seed on. With --key the answers go to the file alone.
    """
    from archcalc.homework.quiz import key_file, quiz

    found = quiz(
        seed=seed,
        level=level,
        topics=topics,
        count=count,
        papers=papers,
        choices=choices,
        net=opened(net) if net else None,
        params=bias,
        skip_zeros=skip_zeros,
        key=key is None and not no_key,
        **built,
    )
    if key:
        typed = click.get_current_context().params
        said = [f"--net {net}", *(f"--input {i}" for i in typed["inputs"]), *(f"--set {v}" for v in typed["sets"])] if net else []
        said += ["--no-bias"] * typed["no_bias"] + ["--skip-zeros"] * bool(net and skip_zeros)
        write_key(key, key_file(found.quizzes, said))
    if format in ("gift", "moodle"):
        from archcalc.homework.moodle import to_gift, to_xml

        write(to_gift(found.quizzes) if format == "gift" else to_xml(found.quizzes))
    else:
        give(found, format)


def write_key(path: str, text: str) -> None:
    """Writes the key to a new file. Raises SpecError where it cannot be."""
    from archcalc.text.faults import Fault, SpecError

    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        message = f"{path} is there already, and no key is written over another file"
        raise SpecError([Fault(message, repairs=["--key with a new file"])]) from None
    except OSError as error:
        raise SpecError(
            [Fault(f"{path}: {error.strerror or 'cannot be written'}", repairs=["another place to write to"])]
        ) from None
