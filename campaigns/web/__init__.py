"""The web service that emails' links and providers' webhooks reach: any stranger can, so it trusts nobody.

It needs the extra `winddown[serve]`.
"""
