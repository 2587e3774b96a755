"""What providers post about messages, proved to be theirs and translated into events; one file a provider."""
