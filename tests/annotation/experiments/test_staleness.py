"""What experiments were run on, beside what is there now."""

from annotation.answers import AnswerLog, NewAnswer
from annotation.experiments.designs import AlignmentDesign, CorrelationsDesign
from annotation.experiments.log import StoredExperiment
from annotation.experiments.names import ExperimentName
from annotation.experiments.running import run_experiment
from annotation.settings import StudySettings
from annotation.staleness import Age, Labels, read_ages
from annotation.study import Study
from profile_engine.preferences import AgentKind, Preference, Setting
from tests.annotation.drafts import RIGHT, Draft
from tests.annotation.experiments.study import POSTS, make_tried_study
from tui.experiment_words import age_words

LABELS = 2 * POSTS


def age(study: Study, stored: StoredExperiment) -> Age:
    return read_ages(study, [stored])[stored.id]


def test_labels_verdicts_values_and_settings_make_it_old(location: str) -> None:
    with make_tried_study(location) as study:
        log = AnswerLog(study)
        first = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign())
        alone = run_experiment(study, ExperimentName.CORRELATIONS, CorrelationsDesign())
        assert age(study, first) == Age(Labels(LABELS, LABELS), ())
        assert age_words(age(study, first)) == "12 labels then as now"
        log.register("Cy")
        log.save(NewAnswer(1, "Cy", choice=Preference.LEFT))
        assert age(study, first) == Age(Labels(LABELS, LABELS + 1), ("labels",))
        assert age_words(age(study, first)) == "12 labels then, 13 now: run it again"
        assert age(study, alone) == Age(None, ())
        assert age_words(age(study, alone)) == ""
        second = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign())
        log.save(NewAnswer(1, "Cy", choice=Preference.RIGHT))
        assert age_words(age(study, second)) == (
            "13 labels then as now; labels new or changed since: run it again"
        )
        third = run_experiment(study, ExperimentName.ALIGNMENT, AlignmentDesign())
        draft = Draft(study)
        draft.verdict(1, draft.agent("other critic", AgentKind.JUDGE), RIGHT)
        assert age(study, third).since == ("verdicts",)
        draft.value(1, "coherence", 0.5)
        assert age(study, third).since == ("verdicts", "factor values")
        assert age_words(age(study, alone)) == "factor values new or changed since: run it again"
        study.change_settings(StudySettings(agent_settings={"critic": Setting.EVALUATION}))
        assert age(study, third).since[-1] == "settings"
