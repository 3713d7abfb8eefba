"""A study as a report: figures as data, drawn; one page; files in a folder."""
