"""The benchmark measures right: its cases, and its pipeline on made-up spectra."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import (
    _weights,
    biomolecules,
    cases,
    collecting,
    dilution,
    doubtful,
    evidence,
    figures,
    judging,
    openspecy,
    plots,
    report,
    tables,
)
from benchmarks.accuracy.peers import PEERS, peer_tops
from benchmarks.accuracy.summary import independent, quantile_tables, summarise
from libraries.library import Library
from libraries.reference import Naming, make_reference
from spectra.confidence.calibration import Calibration
from spectra.confidence.fitting import Cases, fit_calibration
from spectra.matching.evidence import WEIGHTS, log_odds
from spectra.spectrum import Spectrum

AXIS = np.arange(300.0, 1900.0, 2.0)


# --- cases -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("Calcite", "calcium carbonate"),
        ("LDPE", "Polyethylene"),
        ("Quartz", ""),
        ("Aragonite", None),  # another form of calcium carbonate
        ("Styrene butadiene copolymer", None),
        ("Parrafine", None),  # a misspelt paraffin, which mineral oil is
        ("Bees wax", None),
        ("Natrolite", ""),
        ("Poly(methyl methacrylate)", ""),
        ("", None),
    ],
)
def test_open_specy_truths(identity, expected):
    assert openspecy.truth_of(identity) == expected


def test_spellings_of_one_substance_are_one_vote():
    assert openspecy.plain_name("Cellulose acetate") == openspecy.plain_name("Celluloseacetate")
    assert openspecy.plain_name("Cadsulfi (1)") == openspecy.plain_name("cadsulfi")
    assert openspecy.plain_name("Nylon 11") != openspecy.plain_name("Nylon 12")


def test_spectra_come_from_as_many_specimens_as_there_are():
    rows, specimens = list("abcdefg"), ["R1", "R1", "R1", "R2", "R2", "R3", "R1"]
    assert openspecy.spread(rows, specimens, 4) == ["a", "d", "f", "b"]
    assert openspecy.spread(rows, specimens, 99) == ["a", "d", "f", "b", "e", "c", "g"]


@pytest.mark.parametrize(
    ("name", "known", "ambiguous"),
    [
        ("d-(+)-sucrose", True, False),
        ("l-alanine", False, True),
        ("triolein", False, True),
        ("β-d-glucose", False, True),
        ("triosephosphate isomerase", False, False),
        ("stearic acid", False, False),
    ],
)
def test_biomolecules_are_known_strange_or_left_out(name, known, ambiguous):
    assert (name in biomolecules.KNOWN) == known
    assert bool(biomolecules.AMBIGUOUS.search(name)) == ambiguous


def test_a_doubtful_truth_says_why():
    assert "swapped" in doubtful.doubt_of("Cabernard et al. 2018/Polypropylene/5296")
    assert doubtful.doubt_of("portable/ethanol") == ""


def test_a_missing_folder_of_data_ends_the_run_with_a_reason(tmp_path):
    with pytest.raises(SystemExit, match="--data"):
        collecting.check_data(tmp_path)


@pytest.mark.measured
def test_shared_cases_name_substances_of_the_library(shared_data: Path):
    identities = cases.identities_by_name(cases.measured_library(shared_data))
    found = list(cases.shared_cases(shared_data, identities))
    assert len({case.name for case in found}) == len(found) == 76
    assert all(case.truth <= set(identities.values()) for case in found)
    assert [sum(case.kind == kind for case in found) for kind in ("known", "mixture", "stranger")] == [
        53,
        2,
        21,
    ]
    shared = {name for doubt in doubtful.DOUBTS for name in doubt.names if not name.startswith("Cabernard")}
    assert shared == {case.name for case in found if case.doubt}


# --- the pipeline on made-up spectra -------------------------------------------------------------


def made_up(seed: int) -> np.ndarray:
    """Eight bands anywhere: one substance per seed."""
    rng = np.random.default_rng(seed)
    bands = zip(rng.uniform(350, 1850, 8), rng.uniform(0.2, 1.0, 8), strict=True)
    return sum(h * np.exp(-0.5 * ((AXIS - c) / 5.0) ** 2) for c, h in bands)


def measured(clean: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(1000 + seed)
    return 500 * clean + 0.2 * AXIS + rng.normal(0, 2.0, AXIS.size)


def substance_of(name: str) -> str:
    """Strangers come in pairs."""
    return f"x{int(name[1:]) // 2}" if name.startswith("x") else ""


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    rng = np.random.default_rng(0)
    right, wrong = tuple(rng.normal(5, 1, 50)), tuple(rng.normal(-6, 1, 50))
    some = Cases(right, wrong)
    return fit_calibration(some, some, n_references=6, pipeline=judging.PIPELINE.fingerprint, seed=0)


@pytest.fixture(scope="module")
def library(calibration) -> Library:
    references = [
        make_reference(Spectrum(AXIS, measured(made_up(s), 50 + s)), Naming(f"s{s}")) for s in range(6)
    ]
    return Library("made up", "raman", tuple(references)).with_calibration(calibration.to_dict())


@pytest.fixture(scope="module")
def made_up_cases() -> list[cases.Case]:
    known = [(f"s{s}", {f"s{s}"}, made_up(s)) for s in range(6)]
    strangers = [(f"x{s}", set(), made_up(s)) for s in range(20, 30)]
    blend = [("blend", {"s0", "s1"}, made_up(0) + made_up(1))]
    return [
        cases.Case(
            name, f"source {place % 3}", frozenset(truth), AXIS, measured(clean, place), substance_of(name)
        )
        for place, (name, truth, clean) in enumerate([*known, *strangers, *blend])
    ]


@pytest.fixture(scope="module")
def judged(library, made_up_cases) -> list[judging.Judged]:
    return judging.judge_all(library, made_up_cases)


@pytest.fixture(scope="module")
def found(library, judged, calibration, made_up_cases) -> dict:
    summary = summarise(judged, calibration, peer_tops(library, made_up_cases), draws=20)
    blends = dilution.blends(library, pairs=1)
    answers = judging.judge_all(library, [blend.case for blend in blends])
    return summary | {"dilution": dilution.summarise(blends, answers)}


def test_each_known_case_is_asked_twice_and_each_component_left_out(judged):
    assert [entry.case.name for entry in judged].count("s3") == 2
    assert [set(entry.left_out) for entry in judged if entry.case.name == "blend"] == [set(), {"s0"}, {"s1"}]


def test_what_is_left_out_cannot_be_found(judged):
    for entry in judged:
        assert entry.ranked
        assert not {entry.identity(candidate) for candidate in entry.ranked} & entry.left_out


def test_the_answer_is_the_engines_with_the_evidence_behind_it(judged):
    for entry in judged:
        assert entry.answer.hits[0].name == entry.ranking.label(entry.ranked[0]).substance
        if entry.answer.verdict == "match":
            assert entry.answer.probability == entry.probability


def test_an_engine_that_decides_unseen_is_an_error(library, made_up_cases, judged):
    class Secretive:
        def identify(self, _):
            return type("Answer", (), {"identification": judged[0].answer})

    with pytest.raises(RuntimeError, match=r"decision\.decide"):
        judging.identify(Secretive(), made_up_cases[0].spectrum)


def test_figures_of_a_clean_world(found):
    assert found["cases"]["known"] == {"spectra": 6, "votes": 6}
    assert found["cases"]["stranger"] == {"spectra": 10, "votes": 5}
    assert found["cases"]["sources"] == 3
    defaults = found["at_defaults"]
    assert defaults["detected"]["votes"]["k"] == 6
    assert defaults["missed"] == []
    low, high = figures.wilson(0, 5)
    assert defaults["false_matches"]["stranger"]["false"]["votes"] == {
        "k": 0,
        "n": 5,
        "low": low,
        "high": high,
    }
    assert defaults["false_matches"]["left_out"]["false"]["spectra"]["k"] == 0
    assert found["operating_points"]["contraspec"]["0.01"]["votes"]["k"] == 6
    assert found["sure"]["wrong"]["spectra"]["k"] == 0
    assert len(found["reliability"]["bins"]) > 5
    assert set(found["operating_points"]) >= {peer.name for peer in PEERS}
    assert set(found["peers"]) == {"raw Pearson", "|derivative| Pearson"}  # the third ships no threshold


def test_the_report_says_it_with_n(found, judged, library, made_up_cases):
    thresholds = {name: points["0.01"]["threshold"] for name, points in found["operating_points"].items()}
    apart = independent(judged, peer_tops(library, made_up_cases), thresholds=thresholds)
    text = "\n".join(report.lines(found | {"independent": apart}))
    assert "6/6" in text
    assert "0/10" in text
    assert "Independent set" in text
    assert json.loads(json.dumps(found)) == found
    table = list(tables.markdown(found))
    assert any("| 6 / 6 | 6 / 6 |" in line for line in table)
    assert any(line.startswith(r"| \|derivative\| Pearson |") for line in table)


def test_wrong_statements_are_counted(judged, calibration, library, made_up_cases):
    strange = [
        judging.Judged(
            cases.Case("liar", "source 0", frozenset(), AXIS, AXIS), frozenset(), entry.answer, entry.ranking
        )
        for entry in judged
        if entry.kind == "known"
    ][:1]
    found = summarise([*judged, *strange], calibration, peer_tops(library, made_up_cases), draws=5)
    assert found["at_defaults"]["false_matches"]["stranger"]["false"]["votes"]["k"] == 1
    assert found["sure"]["wrong"]["spectra"]["k"] == 1
    assert found["sure"]["which"][0].startswith("liar: match")


def test_half_a_blend_is_named_whole_and_a_trace_is_not(found):
    by_share = {each["share"]: each for each in found["dilution"]}
    assert sorted(by_share) == sorted(dilution.SHARES)
    assert all(each["n"] == 1 for each in found["dilution"])
    assert by_share[0.02]["minor_named"]["k"] == 0
    assert by_share[0.02]["major_named"]["k"] == 1


def test_a_blend_has_its_shares(library):
    matrix = library.candidates(judging.PIPELINE)
    rows = {label.identity: row for row, label in enumerate(judging.candidate_labels(library))}
    for blend in dilution.blends(library, pairs=2):
        parts = np.stack([matrix.intensity[rows[name]] for name in (blend.major, blend.minor)])
        parts = parts[:, np.isin(matrix.grid.axis, blend.case.axis)].astype(float)
        fitted = np.linalg.lstsq(parts.T, blend.case.intensity - dilution.OFFSET, rcond=None)[0]
        areas = fitted * parts.sum(axis=1)
        assert areas[1] / areas.sum() == pytest.approx(blend.share, abs=0.25)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_plots_and_captions_are_written(found, tmp_path):
    pytest.importorskip("matplotlib", reason="plots need the extra [bench]")
    captions = plots.write_plots(found, tmp_path / "figures")
    again = plots.write_plots(found, tmp_path / "again")
    assert captions == again
    for name, caption in captions.items():
        drawn = (tmp_path / "figures" / name).read_bytes()
        assert drawn.startswith(b"<?xml")
        assert drawn == (tmp_path / "again" / name).read_bytes()
        assert caption in (tmp_path / "figures" / "captions.md").read_text(encoding="utf-8")


def test_evidence_tables_and_weights(judged):
    made = quantile_tables(judged)
    assert [len(made[name]) for name in ("RIGHT", "LEFT_OUT", "STRANGERS")] == [6, 6, 10]
    assert min(made["RIGHT"]) > max(made["STRANGERS"])
    text = "\n".join(evidence.weight_lines(judged))
    assert "leave one source out" in text
    thresholds = "\n".join(evidence.threshold_lines(judged))
    assert [line.split(":")[0] for line in thresholds.splitlines()] == [
        "STRANGERS_99",
        "WRONG_99",
        "MIXTURE_ASKED",
        "MIXTURE_998",
        "GAPS",
    ]
    assert "GAPS: Final = ()" in thresholds  # every truth came first


def test_a_gap_is_what_another_name_was_ahead(judged):
    entry = next(e for e in judged if e.case.name == "s2" and not e.left_out)
    second = entry.identity(entry.ranked[1])
    lied = cases.Case("s2", "source 0", frozenset({second}), AXIS, AXIS)
    beaten = judging.Judged(lied, frozenset(), entry.answer, entry.ranking)
    found = evidence.gaps([entry, beaten])
    assert found == [pytest.approx(entry.ranked[0].log_odds - entry.ranked[1].log_odds)]
    nowhere = cases.Case("s2", "source 0", frozenset({"elsewhere"}), AXIS, AXIS)
    assert evidence.gaps([judging.Judged(nowhere, frozenset(), entry.answer, entry.ranking)]) == [np.inf]


def test_terms_are_those_of_the_evidence(judged):
    weights = _weights.shipped()
    for entry in judged:
        for candidate in entry.ranked:
            made = np.dot(_weights.terms(candidate.evidence), weights[:-1]) + WEIGHTS["constant"]
            assert made == pytest.approx(log_odds(candidate.evidence))


def test_fitted_weights_keep_their_sign(judged):
    pure = _weights.weighable(entry for entry in judged if entry.case.kind != "mixture")
    fitted, _ = _weights.fit_weights(pure)
    assert all(value * WEIGHTS[name] >= 0 for name, value in zip(_weights.TERMS, fitted, strict=False))


def test_unseen_weights_know_nothing_of_the_source(judged):
    pure = _weights.weighable(entry for entry in judged if entry.case.kind != "mixture")
    odds, right = _weights.unseen(pure)
    own = np.array([case.entry.case.source == "source 0" for case in pure])
    _, fitted = _weights.fit_weights(pure)
    others = fitted.source != "source 0"
    alone = _weights._fit(fitted.terms[others], fitted.right[others])
    stated = _weights.state([case for case in pure if case.entry.case.source == "source 0"], alone)
    np.testing.assert_allclose(odds[own], stated.terms @ alone[:-1] + alone[-1])
    np.testing.assert_array_equal(right[own], stated.right)


def test_processes_change_nothing(library, judged, made_up_cases):
    some = made_up_cases[:3]
    with judging.processes(library) as pool:
        parallel = judging.judge_all(library, some, pool=pool)
    alone = [entry for entry in judged if entry.case in some]
    assert [entry.log_odds for entry in parallel] == pytest.approx([entry.log_odds for entry in alone])
    assert [entry.answer.verdict for entry in parallel] == [entry.answer.verdict for entry in alone]


def test_thinning_keeps_some_of_each_kind(made_up_cases):
    kept = cases.thin(made_up_cases, 3, 4)
    assert [sum(case.kind == kind for case in kept) for kind in ("known", "stranger", "mixture")] == [3, 4, 1]
    assert cases.thin(made_up_cases, 99, 99) == made_up_cases
