"""What the log is worth to others: signed tree heads, and proofs that anyone can check offline."""
