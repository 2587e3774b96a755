(
    {{ "i.kind IN %s" % (rule.include | choices) if rule.include else "TRUE" }}
    AND {{ "i.kind NOT IN %s" % (rule.exclude | choices) if rule.exclude else "TRUE" }}
)
