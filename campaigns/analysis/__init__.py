"""The statistics: pure functions of sufficient statistics, with nothing of files, engines or emails in them.

Needs SciPy, the optional extra `winddown[report]`; `campaigns.report` says so where it is absent.
"""
