"""``wyoming-lfm2 doctor``: what is installed, what would go wrong, what to do about it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from wyoming_lfm2.cli import checks, satellite_checks
from wyoming_lfm2.cli.command import FAILED
from wyoming_lfm2.cli.finding import Finding, State
from wyoming_lfm2.cli.settings_options import MODEL, NO_DISCOVERY, URI, add_settings_options, gather


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="look for what would go wrong",
        description="Looks at the installation, the model and the machine as `serve` would find them with "
        "the same settings, loads nothing, and exits with 1 if something would go wrong.",
    )
    add_settings_options(parser, (URI, *MODEL, NO_DISCOVERY))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every finding, the problems once more at the end."""
    gathered = gather(arguments)
    settings = gathered.settings
    problems: list[Finding] = []
    subjects: tuple[tuple[str, Iterable[Finding]], ...] = (
        ("Program", checks.program()),
        ("Settings", checks.settings_sources(gathered)),
        ("Processor", checks.processor(settings)),
        ("Model", checks.model(settings)),
        ("Cache", checks.cache(settings)),
        ("Port", checks.port(settings)),
        ("Discovery", checks.discovery(settings)),
        ("Satellite", satellite_checks.satellite(settings)),
    )
    for title, findings in subjects:
        print(f"{title}")
        for finding in findings:
            print(f"  {finding.state.value:7}  {finding.text}")
            if finding.remedy:
                print(f"           {finding.remedy}")
            if finding.state is State.PROBLEM:
                problems.append(finding)
    if not problems:
        print("\nNothing would go wrong.")
        return 0
    print(f"\n{len(problems)} thing{'s' if len(problems) > 1 else ''} would go wrong:")
    for problem in problems:
        print(f"  {problem.text.removesuffix('.')}. {problem.remedy}".rstrip())
    return FAILED
