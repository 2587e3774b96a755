(
    {{ "list_contains(%s, i.kind)" % (rule.include | literal) if rule.include else "TRUE" }}
    AND {{ "NOT list_contains(%s, i.kind)" % (rule.exclude | literal) if rule.exclude else "TRUE" }}
)
