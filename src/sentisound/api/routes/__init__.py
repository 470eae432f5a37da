"""The routes, one family a file; each takes its request apart, calls the service and maps the answer."""
