"""The classes of retention, and the pure decision to keep or to dispose."""
