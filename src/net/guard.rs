//! Which addresses may be called when a user or a message chose the host.
