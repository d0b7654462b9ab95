"""Questions: what is in scope, the items that are found, and what is made of them."""
