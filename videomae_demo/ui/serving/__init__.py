"""What a server needs beside the page: rules for strangers, and a way to be run, watched and stopped.

    happenings   what happens to requests, told to whoever listens: no clip's name, nothing of its content
    health       /healthz and /livez
    stopping     a clean end: finish or refuse what is under way, leave no process and no file behind

No Gradio here; ``ui/__init__.py`` puts it all into the app.
"""
