"""The chapters of the contract: under which each route of ``/v1`` stands."""

ANALYSES = "analyses"
ARTEFACTS = "artefacts"
JOBS = "jobs"
MODELS = "models"
ANALYTICS = "analytics"
CONTRACT = "contract"
