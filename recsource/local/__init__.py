"""The embedded recommender: trained on the exported dataset, on one machine, writing Personalize's lines.

Read in this order: `corpus` is what it is fitted on, `features`, `forecast` and `linear` are its parts, `model`
puts them together by weights that `choice` learns, and `recommender` is the port.
"""
