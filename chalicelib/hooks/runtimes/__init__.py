"""What runs the code of a release: one small protocol, two runtimes (hooks.md, "Running a hook").

A *job* names the release, the files and a folder of its own; an *attempt* says how it ended. What
the code left is in the job's `output` folder, whichever runtime it was. The `bundle` runtime
unpacks a zip and runs it as a subprocess that is confined: no credentials, no network where the
platform allows that, bounded memory, processor, time, files and output. The `lambda` runtime
invokes a published version. Code is never run whose digest is not the release's, and hostile code
is the normal case: what it does to the bounds is reported, not believed.
"""
