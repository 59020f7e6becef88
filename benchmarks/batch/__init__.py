"""How fast a batch goes, and where its time goes."""
