"""What hostile code leaves in a folder: counted while it runs, and taken away without harm afterwards.

A folder that cannot be read, or a path too long to be followed, hides what is below it: it counts as
too much. Taking away never follows a link, never recurses, and never leaves our folder.
"""
