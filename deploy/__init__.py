"""How the programs are started together."""
