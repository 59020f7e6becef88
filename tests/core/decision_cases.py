"""Rankings built by hand, each with the answer that the design asks for."""

from dataclasses import dataclass, replace

from spectra.confidence.calibration import Calibration, Curve
from spectra.confidence.decision import Ranking
from spectra.label import Label
from spectra.matching.candidates import Weighed
from spectra.matching.components import WEIGHTS, ComponentEvidence
from spectra.matching.evidence import Evidence
from spectra.matching.hints import Hint, HintTable
from spectra.matching.mixtures import MIN_LOG_ODDS, Component, Mixture
from spectra.matching.search import Candidate
from spectra.matching.separation import Comparison
from spectra.quality import QualityReport

QUALITY = QualityReport(snr=100.0, saturated=False, fluorescence=0.1, n_spikes=0, noise=1.0)
PERFECT = Evidence(
    correlation=0.99,
    derivative=0.98,
    hqi=0.97,
    query_explained=1.0,
    reference_explained=1.0,
    coverage=1.0,
    structure=8.0,
    shift_cm1=0.0,
)
COMPONENT = ComponentEvidence(
    partial_f=1000.0,
    heights=1.0,
    own=1.0,
    stability=1.0,
    advantage=1000.0,
    distinct=0.9,
    structure=4.0,
    explained=0.95,
    query_explained=1.0,
)
CALIBRATION = Calibration(
    single=Curve(0.0, 1.0),
    mixture=Curve(0.0, 1.0),
    threshold=0.9,  # log odds 2.2
    mixture_threshold=0.95,  # log odds 2.94
    prior=0.5,
    n_references=80,
    n_simulated=1,
    n_measured=1,
    seed=0,
    pipeline="",
    method="by hand",
    reliability=(),
)
HINT = Hint(HintTable("cocaine", "base", "", (1.0, 2.0, 3.0, 4.0), (True,) * 4), (1.0, 2.0, 3.0, 4.0))
SURE, LIKELY, UNLIKELY, HOPELESS = 6.0, 1.0, -1.0, -6.0


def label(name, **fields):
    return Label(id=f"id-{name}", substance=name, form=fields.pop("form", "solid"), **fields)


def ranking(*entries, mixture=None, calibration=CALIBRATION, compared=()):
    """Entries are (label, log odds) or (label, log odds, changes to the evidence), best first.

    ``compared`` are (separation, agreed bands), one per entry or none.
    """
    labels = [entry[0] for entry in entries]
    ranked = tuple(
        Weighed(Candidate(row, 8, 0.9), replace(PERFECT, **(entry[2] if len(entry) > 2 else {})), entry[1])
        for row, entry in enumerate(entries)
    )
    return Ranking(ranked, labels, mixture, calibration, tuple(Comparison(*each) for each in compared))


def evidence_of(odds, **changes):
    """Evidence for a component whose log odds are a figure, by the heights of its bands."""
    plain = replace(COMPONENT, heights=0.0, **changes)
    return replace(plain, heights=(odds - plain.log_odds) / WEIGHTS["heights"])


def mixture(*parts, unexplained=(), shift=0.0):
    """Parts are (row, share, log odds or evidence), sorted and parted as the fit does it."""
    judged = [
        Component(
            row,
            share,
            (share - 0.05, share + 0.05),
            0.5,
            odds if isinstance(odds, ComponentEvidence) else evidence_of(odds),
        )
        for row, share, odds in sorted(parts, key=lambda part: -part[1])
    ]
    standing = tuple(each for each in judged if each.log_odds >= MIN_LOG_ODDS)
    doubtful = tuple(each for each in judged if each.log_odds < MIN_LOG_ODDS)
    return Mixture(standing, doubtful, unexplained, 0.95, shift)


PHENYL = (621.0, 1002.0, 1031.0, 1156.0, 1602.0)
CHAIN = (841.0, 1448.0)

A, B, C = label("alpha"), label("beta"), label("gamma")


@dataclass(frozen=True)
class Case:
    name: str
    given: Ranking
    verdict: str
    names: tuple[str, ...]
    first_reason: str | None
    action: str


CASES = [
    Case("one sure", ranking((A, SURE), (B, HOPELESS)), "match", ("alpha",), None, "send_to_lab"),
    Case("just above", ranking((A, 2.3), (B, HOPELESS)), "match", ("alpha",), None, "send_to_lab"),
    Case(
        "just below",
        ranking((A, 2.1), (B, HOPELESS)),
        "inconclusive",
        ("alpha",),
        "low_probability",
        "scan_again_longer",
    ),
    Case(
        "none sure",
        ranking((A, LIKELY), (B, UNLIKELY), (C, HOPELESS)),
        "inconclusive",
        ("alpha", "beta"),
        "low_probability",
        "scan_again_longer",
    ),
    Case(
        "none likely",
        ranking((A, HOPELESS), (B, -9.0)),
        "no_match",
        (),
        "no_candidate",
        "use_second_technique",
    ),
    Case("nothing found", ranking(), "no_match", (), "no_candidate", "use_second_technique"),
    Case(
        "two as good",
        ranking((A, SURE), (B, SURE - 1)),
        "group",
        ("alpha", "beta"),
        "near_identical_members",
        "send_to_lab",
    ),
    Case("a gap apart", ranking((A, SURE), (B, SURE - 2.1)), "match", ("alpha",), None, "send_to_lab"),
    Case(
        "second just below the threshold",
        ranking((A, 2.3), (B, 1.9)),
        "group",
        ("alpha", "beta"),
        "near_identical_members",
        "send_to_lab",
    ),
    Case(
        "not separated by the noise",
        ranking((A, SURE), (B, 1.0), compared=[(0.0, ()), (2.9, ())]),
        "group",
        ("alpha", "beta"),
        "near_identical_members",
        "send_to_lab",
    ),
    Case(
        "separated by more than the noise",
        ranking((A, SURE), (B, 1.0), compared=[(0.0, ()), (3.1, ())]),
        "match",
        ("alpha",),
        None,
        "send_to_lab",
    ),
    Case(
        "one band alone",
        ranking((A, SURE, {"structure": 1.4}), (B, HOPELESS, {"query_explained": 0.3})),
        "group",
        ("alpha",),
        "one_band_only",
        "use_second_technique",
    ),
    Case(
        "one band that others have",
        ranking((A, SURE, {"structure": 1.4}), (B, HOPELESS)),
        "group",
        ("alpha", "beta"),
        "one_band_only",
        "use_second_technique",
    ),
    Case(
        "a phenyl ring",
        ranking((A, SURE), (B, HOPELESS), compared=[(0.0, PHENYL), (9.0, (*PHENYL, *CHAIN))]),
        "group",
        ("alpha", "beta"),
        "phenyl_only",
        "send_to_lab",
    ),
    Case(
        "a phenyl ring and more",
        ranking((A, SURE), (B, HOPELESS), compared=[(0.0, (*PHENYL, *CHAIN)), (9.0, PHENYL)]),
        "match",
        ("alpha",),
        None,
        "send_to_lab",
    ),
    Case(
        "a container",
        ranking(
            (replace(A, role="packaging"), SURE),
        ),
        "match",
        ("alpha",),
        "container_only",
        "move_spot",
    ),
    Case(
        "a drawn reference",
        ranking(
            (replace(A, grade="D"), SURE),
        ),
        "inconclusive",
        ("alpha",),
        "grade_d",
        "send_to_lab",
    ),
    Case(
        "a drawn member",
        ranking((A, SURE), (replace(B, grade="D"), SURE - 1)),
        "inconclusive",
        ("alpha", "beta"),
        "grade_d",
        "send_to_lab",
    ),
    Case(
        "two together",
        ranking((A, UNLIKELY), (B, UNLIKELY), mixture=mixture((0, 0.7, 5.0), (1, 0.3, 4.0))),
        "mixture",
        ("alpha", "beta"),
        "mixture_components",
        "send_to_lab",
    ),
    Case(
        "three together",
        ranking(
            (A, UNLIKELY),
            (B, UNLIKELY),
            (C, UNLIKELY),
            mixture=mixture((1, 0.5, 5.0), (2, 0.3, 4.0), (0, 0.2, 4.0)),
        ),
        "mixture",
        ("beta", "gamma", "alpha"),
        "mixture_components",
        "send_to_lab",
    ),
    Case(
        "a weak second component",
        ranking((A, SURE), (B, HOPELESS), mixture=mixture((0, 0.7, 5.0), (1, 0.3, 2.5))),
        "match",
        ("alpha",),
        None,
        "send_to_lab",
    ),
    Case(
        "a sum that does not fit",
        ranking(
            (A, LIKELY),
            (B, HOPELESS),
            mixture=mixture(
                *((row, 0.5, replace(COMPONENT, explained=0.1, query_explained=0.1)) for row in (0, 1))
            ),
        ),
        "inconclusive",
        ("alpha",),
        "low_probability",
        "scan_again_longer",
    ),
    Case(
        "a component with no band of its own",
        ranking(
            (A, SURE), (B, HOPELESS), mixture=mixture((0, 0.7, 5.0), (1, 0.3, replace(COMPONENT, own=0.0)))
        ),
        "match",
        ("alpha",),
        None,
        "send_to_lab",
    ),
    Case(
        "a drawn component",
        ranking((A, SURE), (replace(B, grade="D"), HOPELESS), mixture=mixture((0, 0.7, 5.0), (1, 0.3, 4.0))),
        "match",
        ("alpha",),
        None,
        "send_to_lab",
    ),
    Case(
        "two together beside a drawn one",
        ranking(
            (A, UNLIKELY),
            (B, UNLIKELY),
            (replace(C, grade="D"), UNLIKELY),
            mixture=mixture((2, 0.5, 5.0), (0, 0.3, 5.0), (1, 0.2, 4.0)),
        ),
        "mixture",
        ("alpha", "beta"),
        "mixture_components",
        "send_to_lab",
    ),
    Case(
        "two plastics",
        ranking(
            (replace(A, role="packaging"), SURE),
            (replace(B, role="packaging"), HOPELESS),
            mixture=mixture((0, 0.7, 5.0), (1, 0.3, 4.0)),
        ),
        "mixture",
        ("alpha", "beta"),
        "container_only",
        "move_spot",
    ),
    Case(
        "a plastic and what is in it",
        ranking(
            (replace(A, role="packaging"), SURE), (B, HOPELESS), mixture=mixture((0, 0.7, 5.0), (1, 0.3, 4.0))
        ),
        "mixture",
        ("alpha", "beta"),
        "mixture_components",
        "send_to_lab",
    ),
]
BY_NAME = {case.name: case for case in CASES}
