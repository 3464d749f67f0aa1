"""The HTTP server of `qa serve`: a JSON API over collections, and the page that is made of it (docs/http-api.md)."""
