"""The workbench: local pages for what eyes do better than rules.

``serving`` binds to loopback, ``_guard`` decides who may talk to it, ``_session`` holds the library,
the pages stand in ``_pages``, ``_deciding`` and ``_releasing``. What they show is computed in
``libraries.curation`` and ``libraries.review``. Heavy packages load only when it is started.
"""
