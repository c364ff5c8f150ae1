//! Options of the command line, each also an environment variable.
