"""What a person or a script sees: results on stdout; notes, questions, progress and errors on stderr."""
