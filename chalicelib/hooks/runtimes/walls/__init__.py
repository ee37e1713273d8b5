"""The walls around a confined process, as far as the platform lets anyone build them: all of them, or none.

Namespaces of its own for mounts, processes, network and messages, with a root in which there are
programs to read and a few folders to write. Root needs no more for that; anyone else needs a user
namespace, too. Part of the supervisor: the standard library only.
"""
