"""The command line's own commands, a file each: ``add_arguments(parser)`` and ``run(args) -> exit status``."""
