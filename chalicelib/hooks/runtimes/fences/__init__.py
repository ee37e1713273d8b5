"""A fence around files where no walls can be built: Landlock, which any process may put around itself.

Everything is still seen, but only programs and what a run was given can be opened, and only a few
folders be written to. Part of the supervisor: the standard library only.
"""
