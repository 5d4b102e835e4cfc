"""What ships and what it is made of: locks, audit, bill of materials."""
