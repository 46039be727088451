"""archcalc grade: answer sheets marked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import NET, Built, build_options, finish, formats, give, opened, skip_zeros_option

if TYPE_CHECKING:
    from archcalc.homework.grade import Grading


@click.command("grade")
@click.argument("sheets", metavar="SHEET...", nargs=-1, required=True, type=click.Path())
@click.option("--net", type=NET, help="The network the sheets are about.")
@click.option(
    "--questions", type=click.Path(), metavar="FILE", help="What is asked: a list, a sheet, or a key of `archcalc quiz`."
)
@click.option(
    "--significant", type=click.IntRange(1, 12), default=3, show_default=True, help="Figures that a rounded answer must have."
)
@click.option("--carry/--no-carry", default=True, show_default=True, help="Marks for what follows from an earlier wrong figure.")
@click.option("--feedback", type=click.Path(file_okay=False), metavar="FOLDER", help="Write a page for every student there.")
@build_options
@skip_zeros_option
@click.option("--torch", "ask_torch", is_flag=True, help="Have torch confirm the true values.")
@formats("points")
def command(
    sheets: tuple[str, ...],
    net: str | None,
    questions: str | None,
    significant: int,
    carry: bool,
    feedback: str | None,
    built: Built,
    skip_zeros: bool,
    ask_torch: bool,
    format: str,
) -> None:
    """Mark answer sheets: right, or wrong with the true value, the working and the name of the mistake where it is known.

    A SHEET is YAML or CSV, question and answer; or a class in CSV, a row a student:

    \b
      conv1.output: 28x28x6
      params: 61,706                        student,conv1.output,params
      fc1.in_features: 16*5*5               Ada,28x28x6,"61,706"
      kernel: {answer: 10, input: 205, output: 66, stride: 3, padding: 0}

    What is not answered is wrong: of the --questions, or else of all that any of the sheets answers. A rounded number
    (61.7k) is right to the digits written. An answer that follows from the student's own earlier figure has its mark.

    \b
      archcalc grade class.csv --net lenet5 --questions asked.yaml --feedback pages
      archcalc grade class.csv --net lenet5 --format points > points.csv

    Exit status 1 when anything is wrong.
    """
    from archcalc.homework.grade import grade

    grading = grade(
        sheets,
        net=opened(net) if net else None,
        questions=opened(questions) if questions else None,
        significant=significant,
        carry=carry,
        skip_zeros=skip_zeros,
        torch=ask_torch,
        **built,
    )
    if feedback:
        write_pages(grading, feedback, format)
    if format == "points":
        document = grading.as_document()
        document.sheet = grading.points()
        finish(document, "csv", grading.ok)
    else:
        give(grading, format)


def write_pages(grading: Grading, folder: str, format: str) -> None:
    """A file a student, called by the name. Raises SpecError where one is there already, or cannot be written."""
    from archcalc.report import FORMATS, write
    from archcalc.text.faults import Fault, SpecError

    taken: set[str] = set()
    format = "csv" if format == "points" else format
    try:
        os.makedirs(folder, exist_ok=True)
        for name, page in grading.pages():
            stem = plain = "".join(c if c.isalnum() else "_" for c in name)[:80].strip("_") or "student"
            number = 1
            while stem.lower() in taken:
                number += 1
                stem = f"{plain}_{number}"
            taken.add(stem.lower())
            with open(os.path.join(folder, f"{stem}.{FORMATS[format][2]}"), "x", encoding="utf-8") as file:
                file.write(write(page, format) + "\n")
    except FileExistsError as error:
        message = f"{error.filename} is there already, and no page is written over another"
        raise SpecError([Fault(message, repairs=["--feedback with a new folder"])]) from None
    except OSError as error:
        raise SpecError(
            [Fault(f"{error.filename or folder}: {error.strerror or 'cannot be written'}", repairs=["another place to write to"])]
        ) from None
