"""More than one machine: the page and its models on Ray Serve, many clips on Ray Data; the optional extra ``scale``.

    elsewhere   the functions that need the model, run by whoever has it
    serving     one page, and as many replicas of the model as are needed
    many_files  clips -> decode tasks -> a pool of models -> Parquet, which can be gone on with
    own_cluster Ray on this machine alone, while a job lasts

Nothing else in the program imports this room, and importing it does not import Ray.
"""
