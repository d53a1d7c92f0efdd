"""Several fits side by side, under equal terms, and the search for good settings."""
