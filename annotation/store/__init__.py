"""Where a study lies: tables, migrations, opening."""
