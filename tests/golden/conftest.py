"""What pytest must not import here."""

collect_ignore = ["runs/write.py"]  # for a version from before the rooms
