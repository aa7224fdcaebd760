"""One file a method, each with one function ``compute``; the rows are in ``explain.METHODS``."""
