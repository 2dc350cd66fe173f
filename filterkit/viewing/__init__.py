"""What is worth knowing of filters and pictures, computed here and drawn here."""
