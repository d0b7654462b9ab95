"""How fast each stage is here, beside what the same Postgres could do at best."""
