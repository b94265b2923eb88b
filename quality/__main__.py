"""Command line of the engine: `python -m quality evaluate | rules | strength | maturity | curing`.

Prints one JSON document; exit 0 where everything passes, 1 where something fails, 2 where the input is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quality.concrete import StrengthMethod, evaluate_strength
from quality.curing.command import curing_document
from quality.curing.rules import CURING_RULES
from quality.documents import RuleDataError
from quality.judging import evaluate
from quality.maturity import evaluate_maturity
from quality.maturity_request import maturity_document, parse_curve, parse_mix
from quality.request import (
    evaluation_document,
    faults_document,
    parse_request,
    read_json,
    strength_document,
)
from quality.rules import UnknownRulesError, load_rules
from quality.verdict import Fault, RefusedInputError, Verdict

Answer = tuple[int, dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and print its answer; returns the exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], Answer] = options.run
    try:
        code, document = run(options)
    except RefusedInputError as error:
        code, document = 2, faults_document(error.faults)
    except (UnknownRulesError, RuleDataError) as error:
        code, document = 2, faults_document((Fault("RULES", str(error)),))
    for fault in document.get("faults", []):
        print(f"{fault['path']}: {fault['message']}", file=sys.stderr)
    print(json.dumps(document, ensure_ascii=False))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m quality", description="Quality of precast elements")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("evaluate", help="judge measurements of an element against tolerance rules")
    command.add_argument("rules", metavar="RULES", help="id of a rule set, or a YAML file")
    command.add_argument("measurements", metavar="MEASUREMENTS.json", type=Path)
    command.set_defaults(run=_evaluate)
    command = commands.add_parser("rules", help="check a rule file, such as a plant's own stricter set")
    command.add_argument("rules", metavar="RULES", help="id of a rule set, or a YAML file")
    command.set_defaults(run=_rules)
    command = commands.add_parser("strength", help="evaluate concrete cube strength after GB/T 50107")
    command.add_argument("--grade", required=True, help="concrete grade, such as C30")
    command.add_argument("--method", default="auto", help=f"auto, {', '.join(StrengthMethod)}")
    command.add_argument("--sigma", metavar="MPA", help="known standard deviation of earlier sets")
    command.add_argument("values", nargs="+", metavar="VALUES", help="MPa, one value per set")
    command.set_defaults(run=_strength)
    command = commands.add_parser("maturity", help="predict strength from a temperature curve")
    command.add_argument("--mix", required=True, metavar="MIX.json", type=Path)
    command.add_argument("--curve", required=True, metavar="CURVE.csv", type=Path)
    command.add_argument("--strength", metavar="MPA", help="when is this strength reached; else the mix tells")
    command.add_argument("--confidence", metavar="P", help="such as 0.95, the default; else the mix tells")
    command.set_defaults(run=_maturity)
    command = commands.add_parser("curing", help="judge a temperature curve by the rules of curing")
    command.add_argument("--curve", required=True, metavar="CURVE.csv", type=Path)
    command.add_argument("--rules", default=CURING_RULES, help=f"id of a rule set, such as {CURING_RULES}")
    command.add_argument("--entered", metavar="MIN", help="minutes after casting; else the curve's beginning")
    command.add_argument("--left", metavar="MIN", help="minutes after casting; else it is still in the chamber")
    command.add_argument("--ambient", metavar="C", help="temperature around the element at stripping")
    command.add_argument("--insulated", action="store_true", help="a sandwich wall with insulation")
    command.set_defaults(run=_curing)
    return parser


def _evaluate(options: argparse.Namespace) -> Answer:
    rules = load_rules(options.rules)
    request = parse_request(read_json(_text(options.measurements)))
    if request.rules not in (None, rules.id):
        message = f"the document asks for {request.rules!r}, the command for {rules.id!r}"
        raise RefusedInputError([Fault("$.rules", message)])
    evaluation = evaluate(rules, request.family, request.dimensions, request.measurements)
    return _exit_code(evaluation.result), evaluation_document(evaluation)


def _rules(options: argparse.Namespace) -> Answer:
    rules = load_rules(options.rules)
    return 0, {
        "rules": rules.id,
        "sha256": rules.sha256,
        "subject": rules.subject.value,
        "standard": rules.source.standard,
        "edition": rules.source.edition,
        "verified": rules.source.verified,
        "sharpens": rules.base.id if rules.base else None,
        "items": sorted(rules.own),
    }


def _strength(options: argparse.Namespace) -> Answer:
    faults: list[Fault] = []
    values = [_number(text, f"$.values[{index}]", faults) for index, text in enumerate(options.values)]
    sigma = _number(options.sigma, "$.sigma", faults) if options.sigma is not None else None
    if faults:
        raise RefusedInputError(faults)
    evaluation = evaluate_strength(options.grade, values, options.method, sigma)
    return _exit_code(evaluation.result), strength_document(evaluation)


def _maturity(options: argparse.Namespace) -> Answer:
    faults: list[Fault] = []
    strength = _number(options.strength, "$.required_mpa", faults) if options.strength is not None else None
    confidence = _number(options.confidence, "$.confidence", faults) if options.confidence is not None else None
    if faults:
        raise RefusedInputError(faults)
    request = parse_mix(read_json(_text(options.mix)))
    evaluation = evaluate_maturity(
        request.mix,
        parse_curve(_text(options.curve)),
        strength if strength is not None else request.required_mpa,
        confidence if confidence is not None else request.confidence,
    )
    document = maturity_document(request.mix, evaluation)
    return (0 if evaluation.result is None else _exit_code(evaluation.result)), document


def _curing(options: argparse.Namespace) -> Answer:
    faults: list[Fault] = []
    given = {"entered_minutes": options.entered, "left_minutes": options.left, "ambient_c": options.ambient}
    numbers = {name: _number(text, f"$.{name}", faults) for name, text in given.items() if text is not None}
    if faults:
        raise RefusedInputError(faults)
    readings = parse_curve(_text(options.curve))
    document = curing_document(readings, rule_set=options.rules, is_insulated=options.insulated, **numbers)
    return _exit_code(Verdict(document["result"])), document


def _exit_code(result: Verdict) -> int:
    return 0 if result is Verdict.PASS else 1


def _number(text: str, path: str, faults: list[Fault]) -> float:
    try:
        return float(text)
    except ValueError:
        faults.append(Fault(path, f"a number is expected, not {text!r}"))
        return 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RefusedInputError([Fault("$", f"{path} cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise RefusedInputError([Fault("$", f"{path} is not UTF-8 text")]) from error


if __name__ == "__main__":
    sys.exit(main())
