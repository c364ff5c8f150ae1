//! The stories that the desk must be able to tell.

<<<<<<< HEAD
mod clock;
=======
mod chat;
>>>>>>> main
mod first;
mod main_story;
mod pages;
