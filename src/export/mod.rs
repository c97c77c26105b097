//! Report to files: CSV, NPZ, JSON, PNG; written to a temporary file first.
