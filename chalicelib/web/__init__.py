"""What the service says of itself: health, its OpenAPI description, its catalogue of errors.

This is the top layer, so it may ask every part how it is; nothing imports it but `app.py`.
"""
