"""Everything between a file and ``pixel_values``: sampling rules, preprocessing, edits, sample clips."""
