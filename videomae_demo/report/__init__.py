"""An analysis for others: JSON, one HTML file, and all files of it to take away."""
