"""What one request, and all requests together, may cost: one concern a file."""
