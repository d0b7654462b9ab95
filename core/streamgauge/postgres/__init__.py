"""PostgreSQL: the one database behind everything, a given server or the embedded one."""
