"""Water balance of a compound: IWA balance, master against household meters, apparent or real.

E4.5 and E4.8 in docs/methods.md. Volumes m³ of one span.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results import Figure, Reason, figure, nothing

UNAUTHORISED = 0.0025
"""Share of the input volume, default."""
UNDER_REGISTRATION = 0.02
"""Share of the true use that household meters miss, default."""
IMPUTED = 0.10
"""Share of imputed readings above which a balance is UNCERTAIN."""
UNDER_READS = -3.0
"""%: below this the master meter reads too little, or the topology is wrong."""
WATCH, ACT = 5.0, 10.0
"""% of master against households."""


@dataclass(frozen=True)
class Balance:
    """E4.5, m³ of the span; rates in %."""

    input: float
    billed: float
    unbilled: float
    apparent: Figure
    real: Figure
    losses: Figure
    non_revenue: Figure
    non_revenue_rate: Figure
    loss_rate: Figure


def iwa(
    input_volume: float,
    billed_metered: float,
    billed_unmetered: float = 0.0,
    unbilled: float = 0.0,
    unauthorised: float = UNAUTHORISED,
    under: float = UNDER_REGISTRATION,
    reasons: tuple[Reason, ...] = (),
) -> Balance:
    """E4.5: SIV = billed + unbilled authorised + apparent + real losses.

    apparent = unauthorised·SIV + under/(1 − under)·billed metered; real is what is left and may
    come out below zero, then UNCERTAIN. The defaults make the split ESTIMATED.
    """
    billed = billed_metered + billed_unmetered
    losses = input_volume - billed - unbilled
    apparent = unauthorised * input_volume + under / (1.0 - under) * billed_metered
    real = losses - apparent
    split = (*reasons, Reason.DEFAULT_PARAMETER)
    odd = (Reason.OUT_OF_RANGE,) if real < 0 else ()

    def rate(part: float, *odd: Reason) -> Figure:
        if input_volume < 1.0:
            return nothing("%", "E4.5", Reason.ZERO_BASE)
        return figure(100.0 * part / input_volume, "%", "E4.5", (*reasons, *odd))

    return Balance(
        input_volume, billed, unbilled,
        figure(apparent, "m³", "E4.5", split), figure(real, "m³", "E4.5", (*split, *odd)),
        figure(losses, "m³", "E4.5", reasons), figure(input_volume - billed, "m³", "E4.5", reasons),
        rate(input_volume - billed), rate(losses),
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """Master meter against the meters behind it."""

    volume: Figure
    """m³: D = V_master − Σ V_household − V_public − V_own."""
    rate: Figure
    """% of the master volume."""
    imputed: float
    """Share of the household volume that was imputed."""
    under_reads: bool
    """The master meter reads too little, or a meter isn't behind it."""


def master_against_meters(
    master: float | None,
    households: float,
    public: float = 0.0,
    own: float = 0.0,
    imputed: float = 0.0,
    coverage: float = 1.0,
) -> Difference:
    """E4.8 over one span that all volumes are aligned to; imputed: m³ of `households` that stand
    for unread meters. More than 10 % of it makes the difference UNCERTAIN."""
    if master is None:
        none = nothing("m³", "E4.8", Reason.METER_NOT_INSTALLED)
        return Difference(none, nothing("%", "E4.8", Reason.METER_NOT_INSTALLED), 0.0, False)
    part = imputed / households if households > 0 else 0.0
    reasons: list[Reason] = []
    if part > 0:
        reasons.append(Reason.GAP_FILLED)
    if part > IMPUTED:
        reasons.append(Reason.LOW_COVERAGE)
    difference = master - households - public - own
    if master < 1.0:
        rate = nothing("%", "E4.8", Reason.ZERO_BASE)
        return Difference(figure(difference, "m³", "E4.8", reasons), rate, part, False)
    share = 100.0 * difference / master
    under = share < UNDER_READS
    if under:
        reasons.append(Reason.OUT_OF_RANGE)
    volume = figure(difference, "m³", "E4.8", reasons, coverage=coverage)
    return Difference(volume, figure(share, "%", "E4.8", reasons, coverage=coverage), part, under)


def kind_of_loss(difference: Figure, night_share: Figure) -> str:
    """'' unknown | none | apparent | real | under_reads: a high difference with quiet nights is
    ageing meters, theft or unmetered use; with loud nights it is a leak."""
    if difference.value is None:
        return ""
    if difference.value < UNDER_READS:
        return "under_reads"
    if difference.value < WATCH:
        return "none"
    if night_share.value is None:
        return ""
    return "real" if night_share.value >= 0.5 * difference.value else "apparent"
