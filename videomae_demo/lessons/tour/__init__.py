"""The guided tour: a file a lesson, in the order of their names, and ``glossary.md``; see ``reading.py``."""
