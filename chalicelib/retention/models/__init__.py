"""Classes of retention, and the pure decision to keep or to dispose."""
