"""TAKEN by the HISTORY founder (from 08:17): quasi.py, ledger.py, history.py are written by them.

SIMULATOR founder: do not write this file; go on with plant (1 s physics), gateways, faults, replay
first. The live plant's warm start will call what is written here:
    ledger.troubles(city, seed) -> slow troubles per station (grown leak, worn pump, set point too
        high, bad sequence, clogged strainer, drifting gauge) with start and growth, used by both
    quasi.Quasi(city, seed).state(at_ms) -> dict of state arrays (tank level, counters, chlorine,
        water age, run hours ...) from which Plant starts
"""
