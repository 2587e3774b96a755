"""What each of the web services stands on: a socket, a server that is strict with strangers, a journal."""
