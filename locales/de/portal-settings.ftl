# Das Portal: Anwendungen, Richtlinien, Gruppen, Branding, Protokoll.
