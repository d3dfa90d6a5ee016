"""Records for people and for their editors: tables, texts, and lines of CSV and places."""
