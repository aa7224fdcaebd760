"""What a server needs beside the page: rules for strangers, and a way to be run, watched and stopped.

    line         the line before the model: who is next, for how long, and when nobody more is let in
    rates        how often one address may ask
    intake       what may come in, checked while it comes in
    whole_page   the page's own bytes, made once a language
    kept_files   whose file is whose, and when it is deleted
    metrics      numbers for Prometheus
    logs         what is written down, in text or JSON, without a clip's name
    allocator    freed memory goes back to the system
    health       /healthz and /livez
    stopping     a clean end: finish or refuse what is under way, leave no process and no file behind

No Gradio here; ``ui/__init__.py`` puts it all into the app.
"""
