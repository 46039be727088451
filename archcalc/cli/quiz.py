"""archcalc quiz: fresh questions with a worked key."""

from __future__ import annotations

import click

from archcalc.cli.options import finish, format_option


@click.command("quiz")
@click.option("--seed", type=click.IntRange(0, 10**9), default=1, show_default=True, help="The same seed makes the same quiz.")
@click.option("--level", type=click.Choice(("easy", "medium", "hard")), default="easy", show_default=True)
@click.option("--count", type=click.IntRange(1, 200), default=5, show_default=True, help="How many questions.")
@click.option("--key/--no-key", default=True, help="With the answers and their working, or without.")
@format_option("table", "markdown", "latex", "json")
def command(seed: int, level: str, count: int, key: bool, format: str) -> None:
    """Fresh questions, each with one correct answer, and a key with the working."""
    from archcalc.homework.quiz import as_data, lay_out, make_quiz

    items = make_quiz(seed, level, count)
    finish(lay_out(items, seed, level, key), as_data(items, seed, level, key), format)
