"""The demo: an invented company's delivery history, played through the front door."""
