"""How steps are computed: the definition, fast ways beside it, and bands of rows on every core."""
