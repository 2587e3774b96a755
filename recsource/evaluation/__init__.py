"""How good recommendations are, judged alike for every source: by what people played after the lists were made."""
