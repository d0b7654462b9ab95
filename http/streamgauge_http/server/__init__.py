"""The server: gunicorn's asgi worker, taught to answer every bad request.

`gunicorn_app.run` serves an ASGI application; `body.read_body` reads a request's body whole or
not at all. The application itself imports only `body` and stays free of gunicorn.
"""
