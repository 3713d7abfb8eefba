"""The agents of a study, as experiments compare them."""

from annotation.experiments.designs import AlignmentDesign
from annotation.profiles import StudyProfile
from annotation.study import Study
from profile_engine.experiments.alignment import AlignmentResult, align_agents
from profile_engine.preferences import AgentKind


def align_profile(study: Study, design: AlignmentDesign, profile: StudyProfile) -> AlignmentResult:
    """Every agent of a profile against its people."""
    live = profile.live
    people = {
        agent.name: live.preferences_of(agent)
        for agent in live.snapshot.rankings
        if agent.kind is AgentKind.ANNOTATOR
    }
    return align_agents(
        profile.factors,
        profile.manifestations,
        profile.models,
        people,
        aggregation=design.aggregation,
        settings=study.settings.agent_settings,
        keep_ties=design.keep_ties,
        all_pairs=design.all_pairs,
    )
