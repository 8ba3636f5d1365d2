"""All doors to what is remembered, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from data.actions import Actions
from data.alarms import Alarms
from data.api_tokens import ApiTokens
from data.audit import AuditTrail
from data.boards import Boards
from data.channels import Channels, Contacts
from data.corrections import Corrections
from data.database import Database
from data.devices import Devices
from data.diagnoses import Diagnoses
from data.files import Files
from data.jobs import Jobs
from data.lab_samples import LabSamples
from data.meter_exchanges import MeterExchanges
from data.notifications import Notifications
from data.permits import Permits
from data.polarities import Polarities
from data.reports import Reports
from data.rota import Rota
from data.rule_versions import RuleVersions
from data.saved_views import SavedViews
from data.settings import Settings
from data.sites import Sites
from data.solutions import Solutions
from data.stations import Stations
from data.status import Status
from data.subscriptions import Subscriptions
from data.users import Users
from data.wiring import Wiring
from data.work_orders import WorkOrders

if TYPE_CHECKING:
    from data.alarm_history import AlarmHistory
    from data.household import Household
    from data.lake import Lake
    from data.manifest import Manifest
    from data.snapshot import SnapshotReader


@dataclass(frozen=True)
class Stores:
    """What a page or the collector gets to work with."""

    settings: Settings
    db: Database
    stations: Stations
    users: Users
    actions: Actions
    alarms: Alarms
    alarm_history: AlarmHistory
    work_orders: WorkOrders
    audit: AuditTrail
    status: Status
    manifest: Manifest
    lake: Lake
    snapshot: SnapshotReader
    household: Household
    saved_views: SavedViews
    jobs: Jobs
    lab_samples: LabSamples
    files: Files
    corrections: Corrections
    meter_exchanges: MeterExchanges
    api_tokens: ApiTokens
    devices: Devices
    diagnoses: Diagnoses
    solutions: Solutions
    sites: Sites
    channels: Channels
    contacts: Contacts
    permits: Permits
    polarities: Polarities
    wiring: Wiring
    rota: Rota
    rules: RuleVersions
    notifications: Notifications
    subscriptions: Subscriptions
    boards: Boards
    reports: Reports
    report_files: Files

    def close(self) -> None:
        self.lake.close()
        self.db.close()


def open_stores(settings: Settings, writer: bool = False) -> Stores:
    """Open everything that `settings` name. A writer (collector, simulator) brings the schema up
    to date, a reader insists that it is. Raises DatabaseError."""
    from data.alarm_history import AlarmHistory
    from data.household import Household
    from data.lake import Lake  # heavy: not every user of `Stores` as a type pays for it
    from data.manifest import Manifest
    from data.snapshot import SnapshotReader

    db = Database(settings.database)
    if writer:
        db.upgrade()
    else:
        db.check()
    manifest, stations = Manifest(db), Stations(db)
    boards = Boards(db, stations)
    return Stores(
        settings=settings,
        db=db,
        stations=stations,
        users=Users(db),
        actions=Actions(db),
        alarms=Alarms(db),
        alarm_history=AlarmHistory(db),
        work_orders=WorkOrders(db, settings.zone),
        audit=AuditTrail(db),
        status=Status(db),
        manifest=manifest,
        lake=Lake(settings.lake, manifest),
        snapshot=SnapshotReader(settings.live),
        household=Household(db, settings.lake, manifest, stations, settings.zone),
        saved_views=SavedViews(db),
        jobs=Jobs(db, timedelta(days=settings.file_days)),
        lab_samples=LabSamples(db, settings.zone),
        files=Files(settings.files),
        corrections=Corrections(db),
        meter_exchanges=MeterExchanges(db),
        api_tokens=ApiTokens(db),
        devices=Devices(db),
        diagnoses=Diagnoses(db),
        solutions=Solutions(db),
        sites=Sites(db),
        channels=Channels(db, settings.channel_schemes, settings.channel_secrets),
        contacts=Contacts(db),
        permits=Permits(db),
        polarities=Polarities(db),
        wiring=Wiring(db),
        rota=Rota(db),
        rules=RuleVersions(db),
        notifications=Notifications(db),
        subscriptions=Subscriptions(db, stations),
        boards=boards,
        reports=Reports(db, boards, settings.zone),
        report_files=Files(settings.files / "reports"),
    )
