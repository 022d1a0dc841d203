"""The nouns of Daliz: frozen holders of tables."""
