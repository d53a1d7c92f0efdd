"""Files that must survive: field files, checkpoints and run folders."""
