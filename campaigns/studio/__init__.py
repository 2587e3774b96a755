"""The studio: local pages on which a marketer sees the real edition, finds what is wrong, curates and approves.

It shows the messages that `send` sends, made by the same function from the same plan rows. It needs the extra
`winddown[studio]`.
"""
