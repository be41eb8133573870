"""What a process tells of itself and of its lake: series for Prometheus, and lines for a log."""
