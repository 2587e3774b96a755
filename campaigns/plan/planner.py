"""Planning: decides who gets what, and freezes it.

The order is the design's: the gates that look at a person, the picks for everybody eligible whatever their arm,
the gates that look at picks, assignment, and only then the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import cast

from campaigns.assignment.assigning import assign
from campaigns.assignment.salts import require_independent
from campaigns.audience import close_gates, count_excluded, open_gates
from campaigns.ground.edition import Edition
from campaigns.ground.errors import GuardError
from campaigns.ground.experiment import Experiment
from campaigns.personalise import list_curated
from campaigns.plan.declared import require_as_declared
from campaigns.plan.edition_folder import EditionFolder
from campaigns.plan.inputs import Inputs, find_inputs
from campaigns.plan.manifest import FORMAT, Manifest, fingerprint, hash_files, plan_hash, write_manifest
from campaigns.plan.sources import Sources, changed_sources, moment_of, plan_sources
from campaigns.plan.timing import zone_times
from campaigns.ports.clock import Clock
from campaigns.ports.entries import Assignment, Enrolment
from campaigns.ports.ledger import Ledger
from campaigns.ports.progress import Progress
from campaigns.settings.campaign import CampaignSettings
from campaigns.settings.workspace import WorkspaceSettings
from recsource.batch import require_coverage, require_fresh, require_sound
from recsource.engine import PlanningEngine, Queries
from recsource.picks import PickCounts, make_picks, make_popular_picks
from recsource.rules.rule import Occasion

_SQL = Queries("campaigns")
_OWN_COLUMNS = ("user_id", "email", "first_name", "language", "country", "timezone")
_PICKS = {"popular": "popular_picks", "recommended": "picks"}
"""The tables that variants' slots come from; the curated ones are the same for everybody of a language."""
_CHUNK = 10_000
_EARLIEST = timedelta(days=1)
"""How long before midnight UTC of its day an edition can fall due: Pacific islands are 14 hours ahead."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans editions of one campaign in one workspace.

    Attributes:
        root: the workspace's folder.
        host: what this machine is called, among those that may share the folder.
        template_hash: of the campaign's templates, compiled already and so known to be sound.
    """

    root: Path
    workspace: WorkspaceSettings
    campaign: CampaignSettings
    template_hash: str
    engine: PlanningEngine
    ledger: Ledger
    clock: Clock
    progress: Progress
    host: str

    def plan(self, edition: Edition) -> Manifest:
        """Plan an edition and enrol it in the ledger; planning it again gives the same bytes.

        Returns:
            The manifest.

        Raises:
            InputError: an input is missing or wrong.
            BatchRefusedError: the recommendations are too old, or too many of them are bad.
            GuardError: a message has gone out and the inputs have changed since, the experiment is no longer what
                its first edition declared, or nobody would get a message.
        """
        now = self.clock()
        inputs = find_inputs(self.workspace.data, self.root)
        folder = EditionFolder.of(edition, self.root / self.workspace.editions)
        sources = self._sources(edition, inputs)
        if frozen := self._frozen(folder, sources):
            return frozen
        require_independent(self.campaign.experiment.experiment(), self.workspace.holdout.holdout())
        require_as_declared(self.campaign.experiment, edition, self.root / self.workspace.editions)
        require_fresh(inputs.batch, timedelta(days=self.campaign.recommendations.max_age_days), now)
        counts = self._decide(edition, inputs)
        with folder.draft(self.host) as draft:
            manifest = self._write(draft, sources, counts)
            self.ledger.enrol(edition, plan_hash(manifest), self._enrolments(edition), now)
            folder.publish(draft)
        return manifest

    def _sources(self, edition: Edition, inputs: Inputs) -> Sources:
        with self.progress.stage("Fingerprinting the inputs"):
            return plan_sources(
                edition, self.root, self.workspace, self.campaign, inputs, template_hash=self.template_hash
            )

    def _frozen(self, folder: EditionFolder, sources: Mapping[str, object]) -> Manifest | None:
        """The plan that stands because a message has gone out from it; None where there is no such plan."""
        if not self.ledger.has_started(folder.edition):
            return None
        manifest = folder.require_manifest()
        if changed := ", ".join(changed_sources(manifest, sources)):
            raise GuardError(
                f"{folder.edition} has begun to be sent, and its {changed} changed since it was planned; planning "
                "it anew could send somebody two emails; the plan stays, and `winddown send` goes on with it"
            )
        return manifest

    def _decide(self, edition: Edition, inputs: Inputs) -> dict[str, object]:
        """Make the tables `people`, `assigned` and `plan`."""
        engine, campaign, as_of = self.engine, self.campaign, moment_of(edition, self.campaign)
        experiment = campaign.experiment.experiment()
        occasion = Occasion(as_of, edition.name, str(edition), campaign.slots)
        with self.progress.stage("Checking the inputs"):
            inputs.open(engine)
        with self.progress.stage("Choosing the audience"):
            open_gates(
                engine,
                campaign,
                as_of=as_of,
                suppressed=self.ledger.suppressed(edition.campaign),
                recent=self._recent(edition, as_of),
            )
        with self.progress.stage("Making picks"):
            picks = make_picks(
                engine, batch=inputs.batch, eligible="eligible", rules=campaign.rules, occasion=occasion
            )
            self._require_fit(picks)
            list_curated(engine, occasion)
            if "popular" in experiment.sources():
                make_popular_picks(engine, rules=campaign.rules, occasion=occasion)
        with self.progress.stage("Assigning variants"):
            close_gates(engine, campaign.slots, experiment, self.workspace.holdout.holdout())
            assign(engine, "planned", experiment, edition.name)
            self._lay_out(edition, experiment)
        return self._counts(edition, picks)

    def _require_fit(self, picks: PickCounts) -> None:
        wanted = self.campaign.recommendations
        (eligible,) = self.engine.numbers("SELECT count(*) FROM eligible")
        require_sound(picks.batch, wanted.max_bad_share)
        require_coverage(picks.batch, eligible, wanted.min_coverage)

    def _recent(self, edition: Edition, as_of: datetime) -> Iterator[tuple[str, str]]:
        """Deliveries that the frequency cap counts, by the day of their edition.

        It is not by the moment at which each was sent, which is as good as a day later for some time zones, and
        would count last week's email against this one.
        """
        cap = self.campaign.audience.frequency_cap
        if cap is None:
            return
        weekday, span = self.campaign.schedule.iso_weekday, timedelta(days=cap.within_days)
        for name, user_id, _ in self.ledger.recent_deliveries(edition.campaign, as_of - span - _EARLIEST):
            earlier = Edition.parse(edition.campaign, name).day(weekday)
            if edition.day(weekday) - span <= earlier < edition.day(weekday):
                yield name, user_id

    def _lay_out(self, edition: Edition, experiment: Experiment) -> None:
        day = edition.day(self.campaign.schedule.iso_weekday)
        asked = [str(zone) for (zone,) in self.engine.rows(_SQL("plan/zones"))]
        self.engine.load(
            "zones",
            {"asked": "VARCHAR", "timezone": "VARCHAR", "send_at": "TIMESTAMP", "first_at": "TIMESTAMP"},
            zone_times(asked, day, self.campaign.schedule, self.campaign.days_before),
        )
        attributes = [name for name in self.engine.columns("SELECT * FROM users") if name not in _OWN_COLUMNS]
        # `picks` are there even where every arm is curated; then nobody gets any of them.
        shown = {"recommended", *experiment.sources()} & _PICKS.keys()
        lists = {source: _PICKS[source] for source in sorted(shown)}
        self.engine.run(
            _SQL(
                "plan/plan",
                edition=edition,
                attributes=attributes,
                lists=lists,
                first=self.campaign.dogfood.cohort if self.campaign.dogfood else None,
            )
        )

    def _counts(self, edition: Edition, picks: PickCounts) -> dict[str, object]:
        planned: dict[str, dict[str, int]] = {}
        for variant, language, n in self.engine.rows(_SQL("plan/counts")):
            planned.setdefault(str(variant), {})[str(language)] = int(str(n))
        total = sum(sum(languages.values()) for languages in planned.values())
        excluded = count_excluded(self.engine)
        if not total:
            most = max(excluded, key=lambda reason: excluded[reason])
            raise GuardError(
                f"{edition}: nobody of {sum(excluded.values())} would get an email; most are excluded as `{most}` "
                f"({excluded[most]}); look at audience and rules in campaign.toml, and at the curated picks"
            )
        return {
            "considered": total + sum(excluded.values()),
            "planned": total,
            "planned_by_variant": planned,
            "excluded": {reason.value: n for reason, n in excluded.items()},
            "recommendations": picks.batch.as_dict() | {"merged": picks.merged},
            "rules": [asdict(rule) for rule in picks.rules],
        }

    def _write(self, draft: EditionFolder, sources: Mapping[str, object], counts: dict[str, object]) -> Manifest:
        with self.progress.stage("Writing the plan"):
            for what in ("plan", "items", "collections", "excluded", "assignments"):
                rows = _SQL(
                    f"plan/files/{what}",
                    edition=draft.edition,
                    experiment=self.campaign.experiment.experiment(),
                    assigned_at=moment_of(draft.edition, self.campaign),
                )
                self.engine.write(rows, draft.path / f"{what}.parquet")
        manifest = {
            **sources,
            "format": FORMAT,
            "fingerprint": fingerprint(sources),
            "winddown": version("winddown"),
            "slots": self.campaign.slots,
            "counts": counts,
            "plan": {
                "sha256": hash_files([draft.plan, draft.items, draft.collections]),
                "rows": counts["planned"],
            },
            "excluded": {"sha256": hash_files([draft.excluded])},
        }
        write_manifest(draft.manifest, manifest)
        return manifest

    def _enrolments(self, edition: Edition) -> Iterator[tuple[Enrolment, Assignment]]:
        experiment = self.campaign.experiment.experiment()
        salt = experiment.salt_in(edition.name)
        (total,) = self.engine.numbers("SELECT count(*) FROM plan")
        with self.progress.stage("Enrolling in the ledger", total) as step:
            for row in self.engine.stream(_SQL("plan/enrolments"), size=_CHUNK):
                delivery_id, position, user_id, key, due, variant, bucket, method = cast(
                    "tuple[str, int, str, str, datetime, str, int, str]", row
                )
                yield (
                    Enrolment(delivery_id, position, user_id, key, due.replace(tzinfo=UTC)),
                    Assignment(user_id, experiment.name, variant, bucket, salt, method),
                )
                step(1)
