# Das Portal: Personen und Pässe.
