"""The formulas of the metrics, by the names that definitions have for them."""
