"""How steps are computed: the definition, the fast ways beside it, and bands of rows on every core."""
