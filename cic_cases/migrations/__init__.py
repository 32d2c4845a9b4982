"""The history of the schema, run by `flask --app wsgi db upgrade` on both databases."""
