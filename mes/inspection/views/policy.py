"""Rules and policy: which rule sets judge, what they say as tables, two side by side, and the plant's own sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection.models import QualityPolicy
from mes.inspection.policy import Demand, Policy, Sampling, known_rule_sets, policy_in_force
from mes.inspection.policy.queries import latest_version
from mes.inspection.policy.rule_sets import KnownRuleSet, kept_text, rule_set_of_address
from mes.inspection.policy.schemas import LONGEST_RULE_FILE, SetPolicy, UploadRuleSet
from mes.inspection.policy.service import set_policy, upload_rule_set
from mes.inspection.policy.tables import compared, table_of
from mes.inspection.views.blueprint import pages, words
from mes.orders.models import Project
from quality import Subject, catalogue, digest_of
from quality.rules import RULE_SETS

Answered = str | Response | WerkzeugResponse

navigation.add_page(
    N_("Rules of inspection"), "inspection.rules", "ruler-2", "inspection:read", 326, "inspector quality_manager admin"
)

DEMAND_WORDS = {
    "required": N_("Required: the next step waits for it"),
    "recorded": N_("Recorded: nothing waits for it"),
    "off": N_("Not offered"),
}
SAMPLING_WORDS = {"full": N_("Every element is measured"), "lots": N_("A sample of each lot is measured")}
DEMANDED = {
    "incoming": N_("Incoming material"),
    "mould": N_("Mould"),
    "rebar": N_("Rebar and embeds"),
    "process": N_("Process: concrete when cast"),
    "first_article": N_("First article"),
    "witness": N_("Supervisor's witness of hidden works"),
    "before_loading": N_("Before loading"),
    "at_site": N_("Inspection at the site"),
}
SUBJECT_WORDS = {"element": N_("Finished elements"), "mould": N_("Moulds"), "rebar": N_("Rebar and embeds")}
RULES_FIELDS = {"default": "default", "mould": "rules_of_mould", "rebar": "rules_of_rebar"}
FACE_WORDS = {"inner": N_("inner face"), "outer": N_("outer face"), "": ""}


@pages.get("/rules")
@web.permission("inspection:read")
def rules() -> str:
    """The rule sets in force, all that are known, and the plant's policy."""
    return _page({}, {})


@pages.get("/rules/<rule_set>")
@web.permission("inspection:read")
def rule_set(rule_set: str) -> str:
    """One rule set as a table; by its name, or as it once was by its digest."""
    found = rule_set_of_address(web.reading(), rule_set)
    others = [one for one in known_rule_sets(web.reading()) if one.rules.subject is found.subject]
    return _shown(
        "inspection/rule_set.html",
        found=found,
        address=rule_set,
        rows=table_of(found),
        others=[one.rules for one in others if one.rules.id != found.id],
        subject_words=SUBJECT_WORDS,
        face_words=FACE_WORDS,
    )


@pages.get("/rules/<rule_set>/file")
@web.permission("inspection:read")
def rule_set_file(rule_set: str) -> Response:
    """The text of a rule set's or a plan's file as it was kept, complete in itself."""
    name, text = kept_text(web.reading(), rule_set)
    return _yaml(text, f"{name}-{digest_of(text)[:8]}.yaml")


@pages.get("/rules/example")
@web.permission("inspection:read")
def rule_set_example() -> Response:
    """A set of a plant's own to start from."""
    return _yaml((RULE_SETS / "examples" / "own-strict.yaml").read_text(encoding="utf-8"), "own-strict.yaml")


@pages.get("/rules/compare")
@web.permission("inspection:read")
def rule_sets_compared() -> Answered:
    """Two rule sets side by side; where none are named, the page to choose them on."""
    if not (request.args.get("left") and request.args.get("right")):
        return redirect(url_for("inspection.rules", _anchor="compare"), code=303)
    left, right = (rule_set_of_address(web.reading(), request.args.get(side, "")) for side in ("left", "right"))
    return _shown(
        "inspection/rules_compared.html",
        left=left,
        right=right,
        rows=compared(left, right, {face: web.gettext(word) for face, word in FACE_WORDS.items() if face}),
        only_different=request.args.get("all") is None,
    )


@pages.post("/rules/policy")
@web.permission("inspection:configure")
def policy() -> Answered:
    """Set how the plant inspects from now on."""
    try:
        content = _policy_of(request.form)
        expected = int(request.form.get("expected_version", "0") or 0)
        web.perform(set_policy, SetPolicy(command_id=web.form_command_id(), content=content, expected_version=expected))
    except (ValidationError, ValueError) as error:
        fault = InvalidInput(Text(N_("Some fields are not right")), _validation_faults(error))
        return _again(fault, policy=True)
    except MesError as error:
        return _again(error, policy=True)
    flash(web.gettext(N_("The policy is set; it holds for what is judged from now on")), "good")
    return redirect(url_for("inspection.rules"), code=303)


@pages.post("/rules/upload")
@web.permission("inspection:configure")
def rules_uploaded() -> Answered:
    """Keep a rule set of the plant's own, or say at which place of the file it cannot be used."""
    upload = request.files.get("rule_file")
    try:
        if upload is None or not upload.filename:
            raise InvalidInput(Text(N_("Choose a file")), [Fault("rule_file", Text(N_("Choose a file")))])
        command = UploadRuleSet(
            command_id=web.form_command_id(),
            text=_text(upload.stream.read(LONGEST_RULE_FILE + 1)),
            file=upload.filename[-120:],
        )
        done = web.perform(upload_rule_set, command)
    except ValidationError:
        return _again(_unreadable(N_("The file is longer than a rule file can be")), policy=False)
    except MesError as error:
        return _again(error, policy=False)
    flash(web.gettext(N_("Rule set %(name)s is kept"), name=done.rule_set), "good")
    return redirect(url_for("inspection.rule_set", rule_set=done.rule_set), code=303)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(N_("The file is no text in UTF-8")) from error


def _unreadable(words: str) -> InvalidInput:
    return InvalidInput(Text(N_("This rule file cannot be used; nothing was kept")), [Fault("rule_file", Text(words))])


def _yaml(text: str, name: str) -> Response:
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shown(template: str, **values: Any) -> str:
    families = catalogue().families
    return render_template(
        template, family_title=lambda one: words(families[one].title), family_names=list(families), **values
    )


def _policy_of(form: Mapping[str, str]) -> Policy:
    """The policy as the form says it; what the form does not show stays as it is."""
    before = policy_in_force(web.reading()).model_dump(mode="json")
    chosen = {
        part: {name.partition(":")[2]: value for name, value in form.items() if name.startswith(f"{one}:") and value}
        for part, one in (("families", "family"), ("projects", "project"))
    }
    demands = {name: form[name] for name in DEMANDED if name in form}
    named = {name: form.get(one, before["rules"][name]) for name, one in RULES_FIELDS.items()}
    percent = form.get("maturity_confidence", "").strip()
    confidence = round(float(percent) / 100, 6) if percent else before["maturity_confidence"]
    sampling = form.get("sampling", before["sampling"])
    return Policy.model_validate(
        {**before, **demands, "rules": {**named, **chosen}, "sampling": sampling, "maturity_confidence": confidence}
    )


def _validation_faults(error: ValidationError | ValueError) -> list[Fault]:
    if not isinstance(error, ValidationError):
        return [Fault("maturity_confidence", Text(N_("A number, please")))]
    places = [".".join(map(str, one["loc"])) for one in error.errors()]
    return [Fault(place, Text(N_("This cannot be used"))) for place in places]


def _again(error: MesError, *, policy: bool) -> Response:
    faults = [(fault.where, web.in_words(fault.reason)) for fault in error.faults]
    told = {"reason": web.in_words(error.reason), "faults": faults}
    return Response(_page(told if policy else {}, {} if policy else told), status=error.status)


def _page(policy_error: Mapping[str, Any], upload_error: Mapping[str, Any]) -> str:
    session = web.reading()
    known, in_force = known_rule_sets(session), policy_in_force(session)
    version = latest_version(session)
    projects = session.scalars(select(Project).order_by(Project.code)).all()
    return _shown(
        "inspection/rules.html",
        known=known,
        names={one.rules.id for one in known},
        choices=_choices(known, Subject.ELEMENT),
        mould_choices=_choices(known, Subject.MOULD),
        rebar_choices=_choices(known, Subject.REBAR),
        policy=in_force,
        version=version,
        set_row=session.get(QualityPolicy, version) if version else None,
        projects=[project for project in projects if web.actor().may_see_project(project.id)],
        demanded=DEMANDED,
        demand_words=[(one.value, web.gettext(DEMAND_WORDS[one.value])) for one in Demand],
        sampling_words=[(one.value, web.gettext(SAMPLING_WORDS[one.value])) for one in Sampling],
        subject_words=SUBJECT_WORDS,
        policy_error=policy_error,
        upload_error=upload_error,
        values=request.form if policy_error else {},
    )


def _choices(known: Sequence[KnownRuleSet], subject: Subject) -> list[tuple[str, str]]:
    return [(one.rules.id, one.rules.id) for one in known if one.rules.subject is subject]
