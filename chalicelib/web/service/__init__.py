"""The pages of the service: its health, and the catalogues of its routes and errors."""
