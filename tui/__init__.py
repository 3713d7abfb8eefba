"""The terminal: screens and the command line. The only floor that knows a screen."""
