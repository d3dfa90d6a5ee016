"""The REST API: Falcon under waitress; nothing else of kb knows either."""
