"""The renderer: MJML, Jinja2 and CSS compiled once a template, then a join of strings per person."""
