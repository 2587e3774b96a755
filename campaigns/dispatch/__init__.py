"""Dispatch: the plan, through the renderer and a sender, under the ledger's promise."""
