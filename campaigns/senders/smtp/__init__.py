"""Any SMTP server: kept connections, pipelined commands, and a receipt from every reply and every silence."""
